//! What a task is to its owner: what ends it, and where it is kept.

use super::word::Snapshot;
use super::{CANCELLED, CLOSED, FORCED, Side};

// What the values of `Class` rely on.
const _: () = assert!(CANCELLED == CLOSED << 1 && FORCED == CLOSED << 2);

/// What may end a task, and which side counts it. The value's low bits are the phases that end it,
/// in the order of the word: closed, cancelled, forced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Class {
    Foreground = 0b010,
    Background = 0b011,
    /// A shield that foreground work started: R7.
    Shield = 0b100,
    /// A shield that a helper started.
    BackgroundShield = 0b1100,
    /// Foreground work that hears a cancellation, and ends by itself: its task is woken, and no phase
    /// ends it.
    Asked = 0b1000,
}

impl Class {
    /// How many bits a class takes.
    pub(crate) const BITS: u32 = 4;

    /// The class that the low bits of a number stand for.
    #[inline]
    pub(crate) fn from_bits(bits: u16) -> Self {
        match bits & ((1 << Self::BITS) - 1) {
            0b010 => Self::Foreground,
            0b011 => Self::Background,
            0b100 => Self::Shield,
            0b1000 => Self::Asked,
            _ => Self::BackgroundShield,
        }
    }

    #[inline]
    pub(crate) fn side(self) -> Side {
        match self {
            Self::Foreground | Self::Shield | Self::Asked => Side::Foreground,
            Self::Background | Self::BackgroundShield => Side::Background,
        }
    }

    pub(crate) fn is_shield(self) -> bool {
        self as u8 & 0b100 != 0
    }

    /// Whether a task of this class ends in this phase, or since `cancel_children` was called.
    #[cold]
    pub(super) fn ends(self, now: Snapshot, is_new: bool) -> bool {
        let phases = u64::from(self as u8 & 0b111) * CLOSED;
        now.has(phases) || (is_new && self.ends_with_generation())
    }

    /// Whether `cancel_children` ends it.
    fn ends_with_generation(self) -> bool {
        self as u8 & 0b1100 == 0
    }

    /// The class that ends when this one hears a cancellation.
    fn heard(self) -> Self {
        if self == Self::Asked { Self::Foreground } else { self }
    }

    /// The class of a shield that is started where this one is ambient.
    pub(crate) fn shield(side: Side) -> Self {
        match side {
            Side::Foreground => Self::Shield,
            Side::Background => Self::BackgroundShield,
        }
    }
}

/// What may end a certain task: its class and its generation, in the two bytes that the wrapper
/// around its future has for them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tag(u16);

impl Tag {
    pub(crate) const fn new(class: Class, generation: u16) -> Self {
        Self(generation << Class::BITS | class as u16)
    }

    #[inline]
    pub(crate) fn from_bits(bits: u16) -> Self {
        Self(bits)
    }

    #[inline]
    pub(crate) fn bits(self) -> u16 {
        self.0
    }

    #[inline]
    pub(crate) fn class(self) -> Class {
        Class::from_bits(self.0)
    }

    #[inline]
    pub(crate) fn generation(self) -> u16 {
        self.0 >> Class::BITS
    }

    /// What would end it if it did not only hear of a cancellation.
    pub(super) fn heard(self) -> Self {
        Self::new(self.class().heard(), self.generation())
    }
}

/// Where its owner keeps a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key(u32);

impl Key {
    /// Nowhere yet.
    pub(crate) const NONE: Self = Self(u32::MAX);

    /// Set until the task is registered.
    const FRESH: u32 = 1 << 31;

    pub(super) fn fresh(slot: u32) -> Self {
        Self(slot | Self::FRESH)
    }

    #[inline]
    pub(super) fn registered(slot: u32) -> Self {
        Self(slot)
    }

    #[inline]
    pub(crate) fn is_fresh(self) -> bool {
        self.0 & Self::FRESH != 0
    }

    /// Whether the task has an entry already, without what is known once it runs.
    #[inline]
    pub(crate) fn is_announced(self) -> bool {
        self.is_fresh() && self != Self::NONE
    }

    #[inline]
    pub(super) fn slot(self) -> u32 {
        self.0 & !Self::FRESH
    }
}
