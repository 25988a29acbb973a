"""Workers pack orders. Only columns that have a default, so that the release before this one keeps running on it."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]
    operations = [
        migrations.AddField(
            "order",
            "work_seconds",
            models.PositiveSmallIntegerField(
                default=0,
                db_default=0,
                validators=[django.core.validators.MaxValueValidator(30)],
            ),
        ),
        migrations.AddField("order", "result", models.CharField(blank=True, default="", db_default="", max_length=200)),
        migrations.AddField(
            "order", "packed_by", models.CharField(blank=True, default="", db_default="", max_length=253)
        ),
        migrations.AddField("order", "attempts", models.PositiveIntegerField(default=0, db_default=0)),
        migrations.AddField("order", "packed_at", models.DateTimeField(blank=True, null=True)),
    ]
