//! A one-slot channel for live pictures: the newest item wins, and what it displaces is counted.
//!
//! A bounded queue would do the opposite when it is full: lose the newest picture and keep the stale ones.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The other end of a channel is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChannelClosed;

/// An item that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival<T> {
    /// The item.
    pub item: T,
    /// How many items were dropped since the one before, as newer ones came.
    pub displaced: u64,
}

/// What [`LatestReceiver::take`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery<T> {
    /// The newest item.
    Item(Arrival<T>),
    /// Nothing came within the time given.
    Nothing,
    /// The slot is empty and the sender is gone.
    Ended,
}

struct Slot<T> {
    item: Option<T>,
    displaced: u64,
    sender_gone: bool,
    receiver_gone: bool,
}

struct SharedSlot<T> {
    slot: Mutex<Slot<T>>,
    changed: Condvar,
}

impl<T> SharedSlot<T> {
    /// A slot is consistent after every statement that changes it, so a panic elsewhere does not spoil it.
    fn slot(&self) -> MutexGuard<'_, Slot<T>> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The end that puts items in.
pub struct LatestSender<T>(Arc<SharedSlot<T>>);

/// The end that takes items out.
pub struct LatestReceiver<T>(Arc<SharedSlot<T>>);

/// A new, empty slot.
pub fn latest<T>() -> (LatestSender<T>, LatestReceiver<T>) {
    let slot = Slot { item: None, displaced: 0, sender_gone: false, receiver_gone: false };
    let shared = Arc::new(SharedSlot { slot: Mutex::new(slot), changed: Condvar::new() });
    (LatestSender(shared.clone()), LatestReceiver(shared))
}

impl<T> LatestSender<T> {
    /// Puts an item in without waiting; says whether it displaced one that nobody had taken.
    pub fn put(&self, item: T) -> Result<bool, ChannelClosed> {
        let mut slot = self.0.slot();
        if slot.receiver_gone {
            return Err(ChannelClosed);
        }
        let displaced = slot.item.replace(item).is_some();
        slot.displaced += u64::from(displaced);
        self.0.changed.notify_one();
        Ok(displaced)
    }
}

impl<T> Drop for LatestSender<T> {
    fn drop(&mut self) {
        self.0.slot().sender_gone = true;
        self.0.changed.notify_one();
    }
}

impl<T> LatestReceiver<T> {
    /// Takes the newest item, waiting for one at most `patience` (`None`: until there is one or the sender is gone).
    pub fn take(&self, patience: Option<Duration>) -> Delivery<T> {
        let until = patience.map(|wait| Instant::now() + wait);
        let mut slot = self.0.slot();
        loop {
            if let Some(item) = slot.item.take() {
                return Delivery::Item(Arrival { item, displaced: std::mem::take(&mut slot.displaced) });
            }
            if slot.sender_gone {
                return Delivery::Ended;
            }
            slot = match until.map(|until| until.saturating_duration_since(Instant::now())) {
                None => self.0.changed.wait(slot).unwrap_or_else(PoisonError::into_inner),
                Some(Duration::ZERO) => return Delivery::Nothing,
                Some(left) => self.0.changed.wait_timeout(slot, left).unwrap_or_else(PoisonError::into_inner).0,
            };
        }
    }
}

impl<T> Drop for LatestReceiver<T> {
    fn drop(&mut self) {
        let mut slot = self.0.slot();
        slot.receiver_gone = true;
        slot.item = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_item_wins_and_the_others_are_counted() {
        let (tx, rx) = latest();
        assert_eq!((tx.put(1), tx.put(2), tx.put(3)), (Ok(false), Ok(true), Ok(true)));
        assert_eq!(rx.take(None), Delivery::Item(Arrival { item: 3, displaced: 2 }));
        assert_eq!(rx.take(Some(Duration::ZERO)), Delivery::Nothing);
        assert_eq!(tx.put(4), Ok(false));
        assert_eq!(
            rx.take(None),
            Delivery::Item(Arrival { item: 4, displaced: 0 }),
            "the count starts anew with every item taken"
        );
    }

    #[test]
    fn the_last_item_is_still_there_after_the_sender_went() {
        let (tx, rx) = latest();
        assert_eq!(tx.put(7), Ok(false));
        drop(tx);
        assert_eq!(rx.take(None), Delivery::Item(Arrival { item: 7, displaced: 0 }));
        assert_eq!(rx.take(None), Delivery::Ended);
    }

    #[test]
    fn a_sender_without_receiver_is_told() {
        let (tx, rx) = latest();
        drop(rx);
        assert_eq!(tx.put(1), Err(ChannelClosed));
    }

    #[test]
    fn everything_put_is_taken_or_counted_across_threads() {
        let (tx, rx) = latest();
        let sent = 20_000_u64;
        std::thread::scope(|scope| {
            scope.spawn(move || (0..sent).for_each(|i| assert!(tx.put(i).is_ok())));
            let (mut seen, mut last) = (0, None);
            loop {
                match rx.take(None) {
                    Delivery::Item(Arrival { item, displaced }) => {
                        assert!(last < Some(item), "order is kept");
                        last = Some(item);
                        seen += 1 + displaced;
                    }
                    Delivery::Nothing => panic!("take(None) waits"),
                    Delivery::Ended => break,
                }
            }
            assert_eq!((seen, last), (sent, Some(sent - 1)));
        });
    }
}
