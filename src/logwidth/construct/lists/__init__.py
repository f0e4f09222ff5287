"""Linear decision lists: halfspaces that peel balls off, rule by rule (theorems T5, T5d)."""
