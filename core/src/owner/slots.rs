//! A slab that holds its first entries inline and gives back what a burst took.
//!
//! Not the crate `slab`, whose one `Vec` stays as large as its highest key: here a page goes when
//! its last entry does, so one survivor of a burst of a million holds a page (R9).

use std::mem;

/// Entries of a page.
const PAGE: usize = 256;

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
    current: usize,
    /// The others that have room.
    open: Vec<usize>,
    len: usize,
}

#[derive(Debug)]
struct Page<T> {
    slots: Vec<Slot<T>>,
    free: u32,
    len: usize,
}

#[derive(Debug)]
enum Slot<T> {
    Used(T),
    /// The next free one.
    Free(u32),
}

impl<T, const INLINE: usize> Slots<T, INLINE> {
    pub(crate) const fn new() -> Self {
        Self { inline: [const { None }; INLINE], pages: None }
    }

    #[inline]
    pub(crate) fn insert(&mut self, entry: T) -> usize {
        for (key, slot) in self.inline.iter_mut().enumerate() {
            if slot.is_none() {
                *slot = Some(entry);
                return key;
            }
        }
        INLINE + self.pages.get_or_insert_with(Box::default).insert(entry)
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, key: usize) -> Option<&mut T> {
        let Some(key) = key.checked_sub(INLINE) else {
            return self.inline[key].as_mut();
        };
        match self.pages.as_mut()?.all.get_mut(key / PAGE)?.slots.get_mut(key % PAGE)? {
            Slot::Used(entry) => Some(entry),
            Slot::Free(_) => None,
        }
    }

    /// Takes the entry of a key, once.
    #[inline]
    pub(crate) fn remove(&mut self, key: usize) -> Option<T> {
        let Some(key) = key.checked_sub(INLINE) else {
            return self.inline[key].take();
        };
        let pages = self.pages.as_mut()?;
        let entry = pages.remove(key);
        if pages.len == 0 && pages.all.len() > 1 {
            self.pages = None;
        }
        entry
    }

    /// One more than the highest key in use, at most.
    pub(crate) fn end(&self) -> usize {
        let pages = self.pages.as_ref().map_or(&[][..], |pages| &pages.all);
        match pages {
            [] => INLINE,
            [page] => INLINE + page.slots.len(),
            pages => INLINE + pages.len() * PAGE,
        }
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

impl<T> Default for Pages<T> {
    fn default() -> Self {
        Self { all: vec![Page::new()], current: 0, open: Vec::new(), len: 0 }
    }
}

impl<T> Pages<T> {
    #[inline]
    fn insert(&mut self, entry: T) -> usize {
        let (index, page) = (self.current, &mut self.all[self.current]);
        let slot = page.insert(entry);
        self.len += 1;
        if page.len == PAGE {
            self.turn();
        }
        index * PAGE + slot
    }

    /// Finds the next page with room.
    #[cold]
    fn turn(&mut self) {
        self.current = self.open.pop().unwrap_or_else(|| {
            self.all.push(Page::new());
            self.all.len() - 1
        });
    }

    #[inline]
    fn remove(&mut self, key: usize) -> Option<T> {
        let index = key / PAGE;
        let page = self.all.get_mut(index)?;
        let entry = page.remove(key % PAGE)?;
        self.len -= 1;
        if page.len == PAGE - 1 && index != self.current {
            self.open.push(index);
        }
        Some(entry)
    }
}

impl<T> Page<T> {
    fn new() -> Self {
        Self { slots: Vec::new(), free: NONE, len: 0 }
    }

    #[inline]
    fn insert(&mut self, entry: T) -> usize {
        self.len += 1;
        let free = self.free as usize;
        if let Some(slot) = self.slots.get_mut(free) {
            if let Slot::Free(next) = *slot {
                self.free = next;
            }
            *slot = Slot::Used(entry);
            return free;
        }
        self.slots.push(Slot::Used(entry));
        self.slots.len() - 1
    }

    #[inline]
    fn remove(&mut self, index: usize) -> Option<T> {
        let slot = self.slots.get_mut(index)?;
        if let Slot::Free(_) = slot {
            return None;
        }
        let next = mem::replace(&mut self.free, u32::try_from(index).unwrap_or(NONE));
        let entry = mem::replace(slot, Slot::Free(next));
        self.len -= 1;
        if self.len == 0 {
            self.clear();
        }
        match entry {
            Slot::Used(entry) => Some(entry),
            Slot::Free(_) => None,
        }
    }

    /// Starts an empty page afresh; a large one gives its memory back.
    #[cold]
    fn clear(&mut self) {
        self.slots.clear();
        if self.slots.capacity() > KEPT {
            self.slots = Vec::new();
        }
        self.free = NONE;
    }
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
        assert!(again.iter().chain(&keys).all(|&key| key < slots.end()));
        let survivor = slots.insert(7);
        for key in again.into_iter().chain(keys).filter(|&key| key != survivor) {
            slots.remove(key);
        }
        assert_eq!(slots.iter().collect::<Vec<_>>(), [&7]);
        let pages = slots.pages.as_ref().unwrap();
        let held: usize = pages.all.iter().map(|page| page.slots.capacity()).sum();
        assert!(held <= PAGE + KEPT, "one survivor holds one page, not {held} entries");
        slots.remove(survivor);
        assert!(slots.pages.is_none(), "empty pages are given back");
    }

    #[test]
    fn an_entry_with_a_niche_takes_no_more_than_itself() {
        assert_eq!(size_of::<Slot<crate::owner::Registered>>(), 24);
        assert_eq!(size_of::<Option<crate::owner::Registered>>(), 24);
    }
}
