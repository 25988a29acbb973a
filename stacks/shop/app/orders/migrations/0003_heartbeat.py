"""A row for each beat of the scheduler."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_packing")]
    operations = [
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(auto_now_add=True, db_index=True)),
                ("pending", models.PositiveIntegerField()),
            ],
            options={"ordering": ["-id"]},
        ),
    ]
