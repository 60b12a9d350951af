"""What the world sees: a congress's welcome, its form by the cart's link, the texts the law asks for."""

from django.urls import URLPattern, URLResolver, path

from .views import draws, lodging, nights, payers, queue, steps, welcome

CART = "c/<str:code>/<str:token>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("accessibility/", welcome.accessibility, name="public-accessibility"),
    path("c/<str:code>/", welcome.welcome, name="public-welcome"),
    path("c/<str:code>/queue/", queue.queue, name="public-queue"),
    path("c/<str:code>/begin/", welcome.start, name="public-begin"),
    path("c/<str:code>/terms/", welcome.terms, name="public-terms"),
    path("c/<str:code>/privacy/", welcome.privacy, name="public-privacy"),
    path("c/<str:code>/draws/<int:draw>/", draws.draw, name="public-draw"),
    path("c/<str:code>/draws/<int:draw>/draw.json", draws.file, name="public-draw-file"),
    path("c/<str:code>/draws/<int:draw>/replay.py", draws.script, name="public-draw-script"),
    path("c/<str:code>/photos/<int:pk>/", welcome.photo, name="public-photo"),
    path(CART, steps.resume, name="public-cart"),
    path(CART + "link/", steps.link, name="public-resume"),
    path(CART + "drafts/", steps.drafts, name="public-drafts"),
    path(CART + "hold/", steps.hold, name="public-hold"),
    path(CART + "lines/", steps.lines, name="public-lines"),
    path(CART + "codes/", steps.codes, name="public-codes"),
    path(CART + "hotel/<int:pk>/", lodging.hotel, name="public-hotel"),
    path(CART + "nights/", nights.nights, name="public-nights"),
    path(CART + "payers/", payers.payers, name="public-payers"),
    path(CART + "step/<str:stage>/", steps.step, name="public-step"),
]
