"""What the database holds: orders, and a row for each beat of the scheduler."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models


class Order(models.Model):
    """Something to be packed. `pending` until a worker takes it, `packing` while it works, then `packed`."""

    class Status(models.TextChoices):
        PENDING = "pending"
        PACKING = "packing"
        PACKED = "packed"

    item = models.CharField(max_length=100)
    quantity = models.PositiveIntegerField(default=1, validators=[MinValueValidator(1), MaxValueValidator(1000)])
    #: Seconds that packing takes: the knob for tests of shutdown and scaling.
    work_seconds = models.PositiveSmallIntegerField(default=0, db_default=0, validators=[MaxValueValidator(30)])
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING, db_index=True)
    result = models.CharField(max_length=200, blank=True, default="", db_default="")
    #: Host name of the process that packed it: the pod's name in a cluster.
    packed_by = models.CharField(max_length=253, blank=True, default="", db_default="")
    #: How often a worker started on it. Above one after a worker was lost.
    attempts = models.PositiveIntegerField(default=0, db_default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    packed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self):
        return f"{self.quantity} x {self.item}"


class Heartbeat(models.Model):
    """One run of the periodic task: proof that beat, broker, worker and database work together."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    #: Orders that waited for a worker at that moment.
    pending = models.PositiveIntegerField()

    class Meta:
        ordering = ["-id"]

    def __str__(self):
        return f"{self.at:%H:%M:%S}, {self.pending} pending"
