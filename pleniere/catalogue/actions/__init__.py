"""What is done to suppliers; each noun in a module of its own."""

from .services import edit_rate, edit_service, make_rate, make_service, retire_service, room_rate, room_service

__all__ = [
    "edit_rate",
    "edit_service",
    "make_rate",
    "make_service",
    "retire_service",
    "room_rate",
    "room_service",
]
