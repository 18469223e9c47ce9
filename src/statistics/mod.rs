//! Statistics of answers and of shares: areas under curves, and intervals of 95 %.

mod area;
mod interval;
mod ratio;

pub use self::area::auc;
pub use self::interval::{Interval, Trial, bootstrap, share_interval, wilson};
pub use self::ratio::{RatioPart, ratio, ratio_interval};
