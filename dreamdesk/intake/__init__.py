"""Intake: a trace file becomes a stream of episodes and an honest report of what was understood.

`opening` is the way in. A file's bytes are hashed, its container is recognised (`bytesource`, `containers`,
`parsing`), a reader is chosen by what the file holds (`reader`, `readers/`), and the reader turns records into
episodes (`building`).
"""
