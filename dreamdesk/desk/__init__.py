"""The desk: one SQLite file that holds everything, and the only SQL in the program.

Functions take the desk's connection first. Rows leave as the nouns of `dreamdesk.model` or small frozen dataclasses.
"""
