"""Decision lists of boxes (T14): the form, its reader, and where real inputs pass its thresholds."""
