from django.urls import path

from . import answers, blocks, retaining, scenarios, solver, views

urlpatterns = [
    path("<str:code>/requests/", views.index, name="office-requests"),
    path("<str:code>/requests/new/", views.new, name="office-request-new"),
    path("<str:code>/requests/blocks/", blocks.index, name="office-blocks"),
    path("<str:code>/requests/blocks/<int:pk>/releases/", blocks.release, name="office-block-release"),
    path("<str:code>/requests/<str:number>/", views.synthesis, name="office-request"),
    path("<str:code>/requests/<str:number>/edit/", views.edit, name="office-request-edit"),
    path("<str:code>/requests/<str:number>/recipients/", views.recipients, name="office-request-recipients"),
    path("<str:code>/requests/<str:number>/mails/", views.mails, name="office-request-mails"),
    path("<str:code>/requests/<str:number>/sendings/", views.send, name="office-request-send"),
    path("<str:code>/requests/<str:number>/reminders/", views.reminders, name="office-request-remind"),
    path("<str:code>/requests/<str:number>/deadline/", views.deadline, name="office-request-prolong"),
    path("<str:code>/requests/<str:number>/closing/", views.closing, name="office-request-close"),
    path("<str:code>/requests/<str:number>/removal/", views.removal, name="office-request-drop"),
    path("<str:code>/requests/<str:number>/retained/", retaining.retain, name="office-request-retain"),
    path("<str:code>/requests/<str:number>/scenarios/", scenarios.index, name="office-scenarios"),
    path("<str:code>/requests/<str:number>/scenarios/solver/", solver.solver, name="office-solver"),
    path("<str:code>/requests/<str:number>/scenarios/<int:pk>/stops/", solver.stop, name="office-solver-stop"),
    path("<str:code>/requests/<str:number>/scenarios/<int:pk>/", scenarios.scenario, name="office-scenario"),
    path("<str:code>/requests/<str:number>/scenarios/<int:pk>/cells/", scenarios.cells, name="office-scenario-cells"),
    path("<str:code>/requests/<str:number>/scenarios/<int:pk>/settings/", scenarios.settings, name="office-scenario-edit"),
    path("<str:code>/requests/<str:number>/scenarios/<int:pk>/renewals/", scenarios.renewal, name="office-scenario-renew"),
    path("<str:code>/requests/<str:number>/scenarios/<int:pk>/removal/", scenarios.removal, name="office-scenario-drop"),
    path("<str:code>/requests/<str:number>/answers/<int:pk>/", answers.answer, name="office-answer"),
    path("<str:code>/requests/<str:number>/answers/<int:pk>/refusal/", answers.refusal, name="office-answer-decline"),
    path("<str:code>/requests/<str:number>/answers/<int:pk>/link/", answers.link, name="office-answer-link"),
    path("<str:code>/answer-files/<int:pk>/", answers.source, name="office-answer-file"),
]
