"""Certified files in the runtimes that people use: what becomes of labels there, and why."""

from logwidth.runtimes.confirmed import Confirmed, confirmed_inputs
from logwidth.runtimes.known import runtime_of
from logwidth.runtimes.replay import ReplayReport, replay_network
from logwidth.runtimes.runtime import Runtime

__all__ = ["Confirmed", "ReplayReport", "Runtime", "confirmed_inputs", "replay_network", "runtime_of"]
