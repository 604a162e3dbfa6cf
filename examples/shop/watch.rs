//! `Watch`: tells how far a handler had come when it was dropped.

use crate::event::Event;

/// Lives as long as the handler of one order.
///
/// A server drops the handler's future when the client hangs up or the connection is cancelled: no
/// line of the handler runs any more, except what its locals do on drop. So this is one of them.
pub(crate) struct Watch {
    order: u32,
    stage: Stage,
}

enum Stage {
    BeforeCharge,
    AfterCharge,
    Answered,
}

impl Watch {
    pub(crate) fn over(order: u32) -> Self {
        Self { order, stage: Stage::BeforeCharge }
    }

    /// To be called right before the shield is awaited: its first poll starts the charge.
    pub(crate) fn charging(&mut self) {
        self.stage = Stage::AfterCharge;
    }

    pub(crate) fn answered(mut self) {
        self.stage = Stage::Answered;
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        match self.stage {
            Stage::BeforeCharge => Event::DroppedBefore(self.order).emit(),
            Stage::AfterCharge => Event::DroppedAfter(self.order).emit(),
            Stage::Answered => {}
        }
    }
}
