"""Two people of one booking may each wait for the same room."""

import hashlib

from django.db import migrations, models


def mark(apps, schema_editor):
    for wish in apps.get_model("waiting", "Wish").objects.filter(who="").prefetch_related("persons"):
        pks = ",".join(map(str, sorted(person.pk for person in wish.persons.all())))
        wish.who = hashlib.sha256(pks.encode()).hexdigest()[:32]
        wish.save(update_fields=["who"])


class Migration(migrations.Migration):
    dependencies = [("waiting", "0001_initial")]

    operations = [
        migrations.AddField("wish", "who", models.CharField(blank=True, default="", max_length=32), preserve_default=False),
        migrations.RunPython(mark, migrations.RunPython.noop),
        migrations.RemoveConstraint("wish", "wish_once"),
        migrations.AddConstraint(
            "wish",
            models.UniqueConstraint(
                name="wish_once",
                fields=["booking", "offer", "rate", "start", "end", "who"],
                condition=models.Q(state__in=["WAITING", "OFFERED"]),
            ),
        ),
    ]
