"""Where floors that must not know each other are connected: the only place that listens to signals."""
