"""Mapping: how records of an unknown format become episodes, proposed from the data and kept under a name.

`mapping` is the noun, `paths` its small language. `sample` and `table` open a file, `columns` looks at its values,
`proposal` concludes which field is what, and `applying` reads with the mapping, as `mapped` does for a whole file.
"""
