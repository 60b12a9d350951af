from django.urls import path

from . import views

urlpatterns = [  # under /office/congresses/<code>/waiting/
    path("", views.index, name="office-waiting"),
    path("rules/", views.rules, name="office-waiting-rules"),
    path("kept/", views.keep, name="office-waiting-keep"),
    path("now/", views.now, name="office-waiting-now"),
    path("<int:pk>/leave/", views.leave, name="office-waiting-leave"),
]
