from django.urls import path

from . import audiences, desk, discounts, offers, paying, stays, texts, views

urlpatterns = [
    path("", views.index, name="office-congresses"),
    path("new/", views.new, name="office-congress-new"),
    path("<str:code>/", views.congress, name="office-congress"),
    path("<str:code>/setup/general/", desk.general, name="office-setup-general"),
    path("<str:code>/setup/steps/", desk.steps, name="office-setup-steps"),
    path("<str:code>/setup/steps/<int:pk>/", desk.step, name="office-setup-step"),
    path("<str:code>/setup/steps/<int:pk>/place/", desk.move_step, name="office-setup-step-place"),
    path("<str:code>/setup/offers/new/", offers.new_offer, name="office-setup-offer-new"),
    path("<str:code>/setup/offers/<int:pk>/", offers.offer, name="office-setup-offer"),
    path("<str:code>/setup/offers/<int:pk>/prices/", offers.prices, name="office-setup-prices"),
    path("<str:code>/setup/offers/<int:pk>/retirement/", offers.retire, name="office-setup-retire"),
    path("<str:code>/setup/audiences/", audiences.audiences, name="office-setup-audiences"),
    path("<str:code>/setup/audiences/<int:pk>/", audiences.audience, name="office-setup-audience"),
    path("<str:code>/setup/periods/<int:pk>/", audiences.window, name="office-setup-window"),
    path("<str:code>/setup/discounts/", discounts.discounts, name="office-setup-discounts"),
    path("<str:code>/setup/discounts/<int:pk>/", discounts.discount, name="office-setup-discount"),
    path("<str:code>/setup/stays/", stays.stays, name="office-setup-stays"),
    path("<str:code>/setup/stays/<int:pk>/", stays.stay, name="office-setup-stay"),
    path("<str:code>/setup/payment/", paying.payment, name="office-setup-payment"),
    path("<str:code>/setup/terms/", paying.terms, name="office-setup-terms"),
    path("<str:code>/setup/texts/", texts.texts, name="office-setup-texts"),
    path("<str:code>/setup/members/", views.members, name="office-setup-members"),
    path("<str:code>/setup/preview/", views.preview, name="office-setup-preview"),
    path("<str:code>/setup/opening/", views.opening, name="office-setup-opening"),
    path("<str:code>/setup/closing/", views.closing, name="office-setup-closing"),
]
