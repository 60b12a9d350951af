from django.urls import path

from . import desk, views

urlpatterns = [
    path("", views.index, name="office-congresses"),
    path("new/", views.new, name="office-congress-new"),
    path("<str:code>/", views.congress, name="office-congress"),
    path("<str:code>/setup/general/", desk.general, name="office-setup-general"),
    path("<str:code>/setup/steps/", desk.steps, name="office-setup-steps"),
    path("<str:code>/setup/steps/<int:pk>/", desk.step, name="office-setup-step"),
    path("<str:code>/setup/steps/<int:pk>/place/", desk.move_step, name="office-setup-step-place"),
    path("<str:code>/setup/offers/new/", desk.new_offer, name="office-setup-offer-new"),
    path("<str:code>/setup/offers/<int:pk>/", desk.offer, name="office-setup-offer"),
    path("<str:code>/setup/offers/<int:pk>/prices/", desk.prices, name="office-setup-prices"),
    path("<str:code>/setup/offers/<int:pk>/retirement/", desk.retire, name="office-setup-retire"),
    path("<str:code>/setup/audiences/", desk.audiences, name="office-setup-audiences"),
    path("<str:code>/setup/audiences/<int:pk>/", desk.audience, name="office-setup-audience"),
    path("<str:code>/setup/periods/<int:pk>/", desk.window, name="office-setup-window"),
    path("<str:code>/setup/payment/", desk.payment, name="office-setup-payment"),
    path("<str:code>/setup/terms/", desk.terms, name="office-setup-terms"),
    path("<str:code>/setup/texts/", desk.texts, name="office-setup-texts"),
    path("<str:code>/setup/members/", views.members, name="office-setup-members"),
    path("<str:code>/setup/preview/", views.preview, name="office-setup-preview"),
    path("<str:code>/setup/opening/", views.opening, name="office-setup-opening"),
    path("<str:code>/setup/closing/", views.closing, name="office-setup-closing"),
]
