from django.urls import path

from . import views

urlpatterns = [
    path("", views.index, name="office-mails"),
    path("jobs/", views.jobs, name="office-jobs"),
    path("jobs/<int:pk>/retry/", views.retry, name="office-job-retry"),
    path("<int:pk>/", views.show, name="office-mail"),
    path("<int:pk>/html/", views.html, name="office-mail-html"),
    path("<int:pk>/files/<int:file_pk>/", views.attachment, name="office-mail-file"),
    path("<int:pk>/again/", views.again, name="office-mail-again"),
    path("<int:pk>/drop/", views.drop, name="office-mail-drop"),
]
