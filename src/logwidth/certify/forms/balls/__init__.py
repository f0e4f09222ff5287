"""Lists of balls (T15c): the form, its reader, and how far each ball reaches in real inputs."""
