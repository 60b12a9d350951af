from django.urls import path

from . import views

urlpatterns = [  # under /office/congresses/<code>/waiting/
    path("", views.index, name="office-waiting-list"),
    path("rules/", views.rules, name="office-waiting-list-rules"),
    path("kept/", views.keep, name="office-waiting-list-keep"),
    path("now/", views.now, name="office-waiting-list-now"),
    path("<int:pk>/leave/", views.leave, name="office-waiting-list-leave"),
]
