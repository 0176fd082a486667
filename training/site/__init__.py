"""The roof: app factory, navigation, homes, commands. It alone may import every room."""
