"""The page of settings: what this program does on this computer, and what holds on the desk."""
