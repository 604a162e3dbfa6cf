//! A slab that holds its first entries inline and gives back what a burst took.
//!
//! Not the crate `slab`, whose one `Vec` stays as large as its highest key: here a page goes when
//! its last entry does, so one survivor of a burst of a million holds a page (R9).

use std::mem;

/// Entries of a page.
const PAGE: u32 = 256;

/// How many entries' memory an empty page keeps.
const KEPT: usize = 64;

/// The end of a list of free slots.
const NONE: u32 = u32::MAX;

/// Entries by key. The first `INLINE` need no allocation.
#[derive(Debug)]
pub(crate) struct Slots<T, const INLINE: usize> {
    inline: [Option<T>; INLINE],
    pages: Option<Box<Pages<T>>>,
}

#[derive(Debug)]
struct Pages<T> {
    all: Vec<Page<T>>,
    /// The page to fill next; it has room.
    current: u32,
    /// How many pages have entries.
    used: u32,
    /// The others that have room.
    open: Vec<u32>,
}

#[derive(Debug)]
struct Page<T> {
    slots: Vec<Slot<T>>,
    free: u32,
    len: u32,
}

#[derive(Debug)]
enum Slot<T> {
    Used(T),
    /// The next free one.
    Free(u32),
}

impl<T, const INLINE: usize> Slots<T, INLINE> {
    /// The first key that is not inline.
    #[expect(clippy::cast_possible_truncation, reason = "it is small")]
    const PAGED: u32 = {
        assert!(INLINE < PAGE as usize, "only a few are inline");
        INLINE as u32
    };

    pub(crate) const fn new() -> Self {
        Self { inline: [const { None }; INLINE], pages: None }
    }

    #[expect(clippy::inline_always, reason = "a call costs as much as what it does")]
    #[inline(always)]
    pub(crate) fn insert(&mut self, entry: T) -> u32 {
        for (key, slot) in (0..).zip(&mut self.inline) {
            if slot.is_none() {
                *slot = Some(entry);
                return key;
            }
        }
        Self::PAGED + self.pages.get_or_insert_with(Pages::new).insert(entry)
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, key: u32) -> Option<&mut T> {
        let Some(key) = key.checked_sub(Self::PAGED) else {
            return self.inline[key as usize].as_mut();
        };
        let page = self.pages.as_mut()?.all.get_mut((key / PAGE) as usize)?;
        match page.slots.get_mut((key % PAGE) as usize)? {
            Slot::Used(entry) => Some(entry),
            Slot::Free(_) => None,
        }
    }

    /// Takes the entry of a key, once.
    #[expect(clippy::inline_always, reason = "a call costs as much as what it does")]
    #[inline(always)]
    pub(crate) fn remove(&mut self, key: u32) -> Option<T> {
        let Some(key) = key.checked_sub(Self::PAGED) else {
            return self.inline[key as usize].take();
        };
        let pages = self.pages.as_mut()?;
        let entry = pages.remove(key)?;
        if pages.used == 0 && pages.all.len() > 1 {
            self.pages = None;
        }
        Some(entry)
    }

    /// Visits entries in the order of their keys, from a key on. Yields the key to go on from, when
    /// `visit` has had enough.
    pub(crate) fn visit(
        &mut self,
        from: u32,
        mut visit: impl FnMut(&mut T) -> bool,
    ) -> Option<u32> {
        let mut key = from;
        for slot in self.inline.get_mut(from as usize..).unwrap_or_default() {
            key += 1;
            if let Some(entry) = slot
                && !visit(entry)
            {
                return Some(key);
            }
        }
        let pages = self.pages.as_mut()?;
        let mut at = key - Self::PAGED;
        for page in pages.all.get_mut((at / PAGE) as usize..)? {
            let next = (at / PAGE + 1) * PAGE;
            for slot in page.slots.get_mut((at % PAGE) as usize..).unwrap_or_default() {
                at += 1;
                if let Slot::Used(entry) = slot
                    && !visit(entry)
                {
                    return Some(Self::PAGED + at);
                }
            }
            at = next;
        }
        None
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        let slots = self.pages.iter().flat_map(|pages| &pages.all).flat_map(|page| &page.slots);
        self.inline.iter().flatten().chain(slots.filter_map(|slot| match slot {
            Slot::Used(entry) => Some(entry),
            Slot::Free(_) => None,
        }))
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        let pages = self.pages.iter_mut().flat_map(|pages| &mut pages.all);
        let slots = pages.flat_map(|page| &mut page.slots);
        self.inline.iter_mut().flatten().chain(slots.filter_map(|slot| match slot {
            Slot::Used(entry) => Some(entry),
            Slot::Free(_) => None,
        }))
    }
}

impl<T> Pages<T> {
    #[expect(clippy::unnecessary_box_returns, reason = "most owners need none: the call does all")]
    #[cold]
    fn new() -> Box<Self> {
        Box::new(Self { all: vec![Page::new()], current: 0, used: 0, open: Vec::new() })
    }

    #[expect(clippy::inline_always, reason = "a call costs as much as what it does")]
    #[inline(always)]
    fn insert(&mut self, entry: T) -> u32 {
        let (index, page) = (self.current, &mut self.all[self.current as usize]);
        let slot = page.insert(entry);
        if page.len == 1 || page.len == PAGE {
            self.filled(index);
        }
        index * PAGE + slot
    }

    /// A page has its first entry, or its last.
    #[cold]
    fn filled(&mut self, index: u32) {
        if self.all[index as usize].len == 1 {
            self.used += 1;
            return;
        }
        self.current = self.open.pop().unwrap_or_else(|| {
            self.all.push(Page::new());
            index_of_last(&self.all)
        });
    }

    #[expect(clippy::inline_always, reason = "a call costs as much as what it does")]
    #[inline(always)]
    fn remove(&mut self, key: u32) -> Option<T> {
        let index = key / PAGE;
        let page = self.all.get_mut(index as usize)?;
        let entry = page.remove(key % PAGE)?;
        if page.len == 0 || page.len == PAGE - 1 {
            self.emptied(index);
        }
        Some(entry)
    }

    /// A page has no entry any more, or room for one.
    #[cold]
    fn emptied(&mut self, index: u32) {
        let page = &mut self.all[index as usize];
        if page.len == 0 {
            page.clear();
            self.used -= 1;
        } else if index != self.current {
            self.open.push(index);
        }
    }
}

impl<T> Page<T> {
    fn new() -> Self {
        Self { slots: Vec::new(), free: NONE, len: 0 }
    }

    #[expect(clippy::inline_always, reason = "a call costs as much as what it does")]
    #[inline(always)]
    fn insert(&mut self, entry: T) -> u32 {
        self.len += 1;
        let free = self.free;
        if let Some(slot) = self.slots.get_mut(free as usize)
            && let Slot::Free(next) = *slot
        {
            *slot = Slot::Used(entry);
            self.free = next;
            return free;
        }
        self.slots.push(Slot::Used(entry));
        index_of_last(&self.slots)
    }

    #[expect(clippy::inline_always, reason = "a call costs as much as what it does")]
    #[inline(always)]
    fn remove(&mut self, index: u32) -> Option<T> {
        let slot = self.slots.get_mut(index as usize)?;
        if let Slot::Free(_) = slot {
            return None;
        }
        let entry = mem::replace(slot, Slot::Free(self.free));
        self.free = index;
        self.len -= 1;
        match entry {
            Slot::Used(entry) => Some(entry),
            Slot::Free(_) => None,
        }
    }

    /// Starts an empty page afresh; a large one gives its memory back.
    fn clear(&mut self) {
        self.slots.clear();
        if self.slots.capacity() > KEPT {
            self.slots = Vec::new();
        }
        self.free = NONE;
    }
}

/// As a part of a key: an owner has at most 2^28 tasks.
#[inline]
fn index_of_last<T>(all: &[T]) -> u32 {
    u32::try_from(all.len()).map_or(NONE, |len| len - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stay_valid_and_a_burst_is_given_back() {
        let mut slots = Slots::<usize, 2>::new();
        let keys: Vec<_> = (0..1000).map(|n| slots.insert(n)).collect();
        assert_eq!(keys.len(), 1000);
        for (n, &key) in keys.iter().enumerate().filter(|(n, _)| n % 2 == 0) {
            assert_eq!(slots.remove(key), Some(n));
            assert_eq!(slots.remove(key), None, "a key is good for one removal");
        }
        let again: Vec<_> = (0..500).map(|n| slots.insert(n + 5000)).collect();
        assert_eq!(slots.iter().count(), 1000);
        assert_eq!(slots.iter_mut().count(), 1000);
        assert_eq!(slots.get_mut(again[499]), Some(&mut 5499));
        let (mut from, mut seen) = (Some(0), 0);
        while let Some(key) = from {
            let mut room = 7;
            from = slots.visit(key, |_| {
                (seen, room) = (seen + 1, room - 1);
                room > 0
            });
        }
        assert_eq!(seen, 1000, "each is visited once, in parts");
        let survivor = slots.insert(7);
        for key in again.into_iter().chain(keys).filter(|&key| key != survivor) {
            slots.remove(key);
        }
        assert_eq!(slots.iter().collect::<Vec<_>>(), [&7]);
        let pages = slots.pages.as_ref().unwrap();
        let held: usize = pages.all.iter().map(|page| page.slots.capacity()).sum();
        assert!(held <= PAGE as usize + KEPT, "one survivor holds one page, not {held} entries");
        slots.remove(survivor);
        assert!(slots.pages.is_none(), "empty pages are given back");
    }

    #[test]
    fn an_entry_with_a_niche_takes_no_more_than_itself() {
        assert_eq!(size_of::<Slot<crate::owner::Registered>>(), 24);
        assert_eq!(size_of::<Option<crate::owner::Registered>>(), 24);
    }
}
