"""What workers do. Tasks are acknowledged late, so each may run twice and gives the same result then."""

import logging
import socket
import time
from datetime import timedelta

from celery import shared_task
from django.db import InterfaceError, OperationalError
from django.db.models import F
from django.utils import timezone

from orders.models import Heartbeat, Order

log = logging.getLogger(__name__)

#: An order of this age that is not packed has lost its message: the broker was away when it was placed, or lost its data, or
#: the task that took it failed for good.
FORGOTTEN_AFTER = timedelta(minutes=10)
#: Heartbeats older than this are deleted, or the table would grow for ever.
KEEP_HEARTBEATS = timedelta(days=1)

#: A database that restarts is away for seconds. A task that fails is acknowledged, late or not, and its work would be lost:
#: it waits 2, 4, 8 … seconds and runs again, for about ten minutes.
SURVIVES_RESTARTS = {
    "autoretry_for": (OperationalError, InterfaceError),
    "retry_backoff": 2,
    "retry_backoff_max": 60,
    "max_retries": 14,
}


@shared_task(**SURVIVES_RESTARTS)
def pack(order_id):
    """Pack one order; takes `work_seconds`. Without effect on an order that is packed or gone."""
    taken = Order.objects.filter(pk=order_id).exclude(status=Order.Status.PACKED)
    if not taken.update(status=Order.Status.PACKING, attempts=F("attempts") + 1):
        log.info("order %s has nothing to pack", order_id)
        return
    order = Order.objects.get(pk=order_id)
    time.sleep(order.work_seconds)
    order.status = Order.Status.PACKED
    order.result = f"{order.quantity} x {order.item} packed"
    order.packed_by = socket.gethostname()
    order.packed_at = timezone.now()
    order.save(update_fields=["status", "result", "packed_by", "packed_at"])
    log.info("order %s packed", order_id)


@shared_task
def heartbeat():
    """Write one Heartbeat row. Runs on the beat schedule."""
    Heartbeat.objects.create(pending=Order.objects.filter(status=Order.Status.PENDING).count())
    Heartbeat.objects.filter(at__lt=timezone.now() - KEEP_HEARTBEATS).delete()


@shared_task
def requeue_forgotten():
    """Send the task of each order that is not packed for too long again, taken or not. Runs on the beat schedule."""
    forgotten = Order.objects.filter(created_at__lt=timezone.now() - FORGOTTEN_AFTER).exclude(status=Order.Status.PACKED)
    for order_id in forgotten.values_list("pk", flat=True)[:1000]:
        pack.delay(order_id)
