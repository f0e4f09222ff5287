"""Attacks on stored classifiers: inside certified balls, where nothing may change, and outside them."""

from logwidth.attack.classifier import Classifier
from logwidth.attack.gradient import gradient_attack
from logwidth.attack.network_attack import AttackReport
from logwidth.attack.outside import FarAttack
from logwidth.attack.run import attack_run

__all__ = ["AttackReport", "Classifier", "FarAttack", "attack_run", "gradient_attack"]
