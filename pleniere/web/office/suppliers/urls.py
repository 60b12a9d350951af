from django.urls import path

from . import bank, imports, people, services, views

urlpatterns = [
    path("", views.index, name="office-suppliers"),
    path("new/", views.new, name="office-supplier-new"),
    path("import/", imports.index, name="office-imports"),
    path("import/<int:pk>/", imports.show, name="office-import"),
    path("import/<int:pk>/rows/", imports.choose, name="office-import-rows"),
    path("import/<int:pk>/rows/<int:row_pk>/", imports.decide, name="office-import-row"),
    path("import/<int:pk>/write/", imports.write, name="office-import-write"),
    path("<int:pk>/", views.sheet, name="office-supplier"),
    path("<int:pk>/edit/", views.edit, name="office-supplier-edit"),
    path("<int:pk>/retire/", views.retire, name="office-supplier-retire"),
    path("<int:pk>/history/", views.history, name="office-supplier-history"),
    path("<int:pk>/photos/", views.photos, name="office-supplier-photos"),
    path("<int:pk>/photos/<int:photo_pk>/", views.photo, name="office-supplier-photo"),
    path("<int:pk>/photos/<int:photo_pk>/picture/", views.picture, name="office-supplier-picture"),
    path("<int:pk>/contacts/new/", people.new_contact, name="office-contact-new"),
    path("<int:pk>/contacts/<int:contact_pk>/", people.contact, name="office-contact"),
    path("<int:pk>/contacts/<int:contact_pk>/leave/", people.leaving, name="office-contact-leave"),
    path("<int:pk>/contacts/<int:contact_pk>/account/", people.account, name="office-contact-account"),
    path("<int:pk>/contracts/new/", people.new_contract, name="office-contract-new"),
    path("<int:pk>/contracts/<int:contract_pk>/", people.contract, name="office-contract"),
    path("<int:pk>/services/", services.index, name="office-supplier-services"),
    path("<int:pk>/services/new/", services.new, name="office-service-new"),
    path("<int:pk>/services/<int:service_pk>/", services.service, name="office-service"),
    path("<int:pk>/services/<int:service_pk>/rates/new/", services.new_rate, name="office-rate-new"),
    path("<int:pk>/services/<int:service_pk>/rates/<int:rate_pk>/", services.rate, name="office-rate"),
    path("<int:pk>/bank/", bank.index, name="office-supplier-bank"),
    path("<int:pk>/bank/<int:account_pk>/", bank.decide, name="office-bank-account"),
    path("<int:pk>/bank/<int:account_pk>/proof/", bank.proof, name="office-bank-proof"),
]
