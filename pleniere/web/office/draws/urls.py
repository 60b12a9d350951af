from django.urls import path

from . import entering, views

urlpatterns = [  # under /office/congresses/<code>/draws/
    path("", views.index, name="office-draws"),
    path("new/", views.new, name="office-draw-new"),
    path("<int:draw>/", views.show, name="office-draw"),
    path("<int:draw>/edit/", views.edit, name="office-draw-edit"),
    path("<int:draw>/rooms/", views.put, name="office-draw-put"),
    path("<int:draw>/rooms/<int:pk>/drop/", views.drop, name="office-draw-drop"),
    path("<int:draw>/announce/", views.publish, name="office-draw-announce"),
    path("<int:draw>/word/", views.word, name="office-draw-word"),
    path("<int:draw>/mails/", views.mails, name="office-draw-mails"),
    path("<int:draw>/run/", views.run, name="office-draw-run"),
    path("<int:draw>/cancel/", views.cancel, name="office-draw-cancel"),
    path("<int:draw>/entries/<str:number>/", entering.entry, name="office-draw-entry"),
    path("<int:draw>/entries/<int:pk>/leave/", entering.leave, name="office-draw-leave"),
]
