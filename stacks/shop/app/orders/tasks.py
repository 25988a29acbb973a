"""What workers do. Tasks are acknowledged late, so each may run twice and gives the same result then."""

import logging
import socket
import time
from datetime import timedelta

from celery import shared_task
from django.db.models import F
from django.utils import timezone

from orders.models import Heartbeat, Order

log = logging.getLogger(__name__)

#: A pending order of this age has lost its message: the broker was away when it was placed, or lost its data.
FORGOTTEN_AFTER = timedelta(minutes=10)
#: Heartbeats older than this are deleted, or the table would grow for ever.
KEEP_HEARTBEATS = timedelta(days=1)


@shared_task
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
    """Send the task of each order that is pending for too long again. Runs on the beat schedule."""
    forgotten = Order.objects.filter(status=Order.Status.PENDING, created_at__lt=timezone.now() - FORGOTTEN_AFTER)
    for order_id in forgotten.values_list("pk", flat=True)[:1000]:
        pack.delay(order_id)
