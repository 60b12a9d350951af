from django.urls import path

from . import ranging, relocating, seasons, views

urlpatterns = [
    path("<str:code>/planning/", views.planning, name="office-planning"),
    path("<str:code>/planning/seasons/", seasons.seasons, name="office-planning-seasons"),
    path("<str:code>/planning/seasons/<int:pk>/", seasons.season, name="office-planning-season"),
    path("<str:code>/planning/rates/<int:pk>/", seasons.rate_type, name="office-planning-rate"),
    path("<str:code>/planning/ranges/", ranging.change, name="office-planning-range"),
    path("<str:code>/planning/ranges/undoing/", ranging.undo, name="office-planning-range-undo"),
    path("<str:code>/planning/<int:pk>/", views.behind, name="office-planning-cell"),
    path("<str:code>/planning/<int:pk>/rooms/", views.give, name="office-planning-give"),
    path("<str:code>/planning/<int:pk>/relocation/", relocating.relocation, name="office-planning-move"),
]
