from django.urls import path

from . import house, views

ONE = "<str:code>/sub-blocks/<str:part>/"
urlpatterns = [
    path("<str:code>/sub-blocks/run-of-house/", house.index, name="office-run-of-house"),
    path("<str:code>/sub-blocks/run-of-house/assignment/", house.assign, name="office-run-of-house-assign"),
    path("<str:code>/sub-blocks/", views.index, name="office-sub-blocks"),
    path("<str:code>/sub-blocks/new/", views.new, name="office-sub-block-new"),
    path(ONE, views.page, name="office-sub-block"),
    path(f"{ONE}edit/", views.edit, name="office-sub-block-edit"),
    path(f"{ONE}allocation/", views.allocation, name="office-sub-block-allocation"),
    path(f"{ONE}prices/", views.prices, name="office-sub-block-prices"),
    path(f"{ONE}return/", views.returning, name="office-sub-block-return"),
    path(f"{ONE}returns/<int:pk>/undo/", views.undo, name="office-sub-block-undo"),
]
