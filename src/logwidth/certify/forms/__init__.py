"""The constructions as certificates read them: one form a file, reader and proof together."""
