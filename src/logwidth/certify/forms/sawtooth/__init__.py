"""The paper's network (T8): the form, its reader, what it requires of balls."""
