"""Enquiries under way become new ones, are found by a search, and a bureau has a first list of reasons."""

from django.db import migrations

from pleniere.common.words import fold

REASONS = {
    "WON": [
        ("Le lieu", "The venue"),
        ("Le prix", "The price"),
        ("L’accès", "Access"),
        ("Le service, la réactivité", "Service, quick answers"),
        ("Déjà venu", "Came before"),
    ],
    "LOST": [
        ("Dates prises", "Dates taken"),
        ("Salles ou chambres trop petites", "Halls or rooms too small"),
        ("Le prix", "The price"),
        ("L’accès", "Access"),
        ("Une autre ville", "Another city"),
        ("Projet abandonné", "Given up by the organiser"),
        ("Sans réponse", "No answer"),
    ],
}


def forward(apps, schema_editor):
    reasons, enquiries = apps.get_model("congress", "EnquiryReason"), apps.get_model("congress", "Enquiry")
    if not reasons.objects.exists():
        for outcome, names in REASONS.items():
            for position, (fr, en) in enumerate(names):
                reasons.objects.create(outcome=outcome, name={"fr": fr, "en": en}, position=position)
    enquiries.objects.filter(state="OPEN").update(state="NEW")
    for row in enquiries.objects.filter(search="").select_related("organiser"):
        company = row.organiser.company if row.organiser else ""
        enquiries.objects.filter(pk=row.pk).update(search=fold(row.title, row.contact, row.email, company, row.source))


class Migration(migrations.Migration):
    dependencies = [("congress", "0002_enquiry_in_full")]
    operations = [migrations.RunPython(forward, migrations.RunPython.noop)]
