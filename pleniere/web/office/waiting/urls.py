from django.urls import path

from . import views, wishing

urlpatterns = [  # under /office/congresses/<code>/waiting/
    path("", views.index, name="office-waiting-list"),
    path("rules/", views.rules, name="office-waiting-list-rules"),
    path("kept/", views.keep, name="office-waiting-list-keep"),
    path("now/", views.now, name="office-waiting-list-now"),
    path("wishes/<str:number>/", wishing.wish, name="office-waiting-list-wish"),
    path("<int:pk>/leave/", views.leave, name="office-waiting-list-leave"),
]
