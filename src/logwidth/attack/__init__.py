"""Attacks on stored classifiers: inside certified balls, where nothing may change, and outside them."""

from logwidth.attack.classifier import Classifier
from logwidth.attack.far import FarAttack, attack_far
from logwidth.attack.gradient import GradientReport, gradient_attack
from logwidth.attack.network_attack import AttackReport, Target, attack_network
from logwidth.attack.run import attack_run, target_of_run

__all__ = [
    "AttackReport",
    "Classifier",
    "FarAttack",
    "GradientReport",
    "Target",
    "attack_far",
    "attack_network",
    "attack_run",
    "gradient_attack",
    "target_of_run",
]
