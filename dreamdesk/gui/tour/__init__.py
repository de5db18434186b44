"""The tour: a few words at each part of the window, for who sees it for the first time. It changes nothing."""
