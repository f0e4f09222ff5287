"""The √N memorizer of Kim, Moon, Yun (NeurIPS 2025, Theorem B.3) in exact numbers: one lemma a file."""
