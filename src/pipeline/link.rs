//! The link from capture to detect: every frame of a file, the newest frame of a live source.

use crossbeam_channel::{Receiver, Sender, bounded};

use super::latest::{Arrival, ChannelClosed, Delivery, LatestReceiver, LatestSender, latest};

/// Frames that may wait for the detect thread when every frame counts: enough to overlap decoding with the scan, no more.
const WAITING_FRAMES: usize = 1;

/// The sending end.
pub(super) enum Outlet<T> {
    Newest(LatestSender<T>),
    Every(Sender<T>),
}

/// The receiving end.
pub(super) enum Inlet<T> {
    Newest(LatestReceiver<T>),
    Every(Receiver<T>),
}

/// A link on which the newest item wins (`newest`), or which blocks the sender while it is full.
pub(super) fn link<T>(newest: bool) -> (Outlet<T>, Inlet<T>) {
    if newest {
        let (tx, rx) = latest();
        (Outlet::Newest(tx), Inlet::Newest(rx))
    } else {
        let (tx, rx) = bounded(WAITING_FRAMES);
        (Outlet::Every(tx), Inlet::Every(rx))
    }
}

impl<T> Outlet<T> {
    /// Passes an item on; says whether another one was dropped for it.
    pub(super) fn send(&self, item: T) -> Result<bool, ChannelClosed> {
        match self {
            Outlet::Newest(tx) => tx.put(item),
            Outlet::Every(tx) => tx.send(item).map(|()| false).map_err(|_| ChannelClosed),
        }
    }
}

impl<T> Inlet<T> {
    /// The next item; `None` at the end.
    pub(super) fn recv(&self) -> Option<Arrival<T>> {
        match self {
            Inlet::Newest(rx) => match rx.take(None) {
                Delivery::Item(arrival) => Some(arrival),
                Delivery::Nothing | Delivery::Ended => None,
            },
            Inlet::Every(rx) => rx.recv().ok().map(|item| Arrival { item, displaced: 0 }),
        }
    }
}
