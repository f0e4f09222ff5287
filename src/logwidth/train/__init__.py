"""What people do today: training. Nothing here is proven; networks from here are judged by `certify` like any other."""

from logwidth.train.adversarial import Regime, adversarial_points, require_torch, train_adversarially

__all__ = ["Regime", "adversarial_points", "require_torch", "train_adversarially"]
