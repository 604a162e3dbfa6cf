//! A slab that holds its first entries inline and gives back what a burst took.

use slab::Slab;

/// Entries of a page; a page without entries holds no memory.
const PAGE: usize = 256;

/// How many entries' memory is kept when the last one is gone.
const KEPT: usize = 64;

/// Entries by key. The first `INLINE` need no allocation; the rest live in pages, so that one
/// survivor of a burst of a million holds one page, not the memory of a million (R9).
#[derive(Debug)]
pub(super) struct Slots<T, const INLINE: usize> {
    inline: [Option<T>; INLINE],
    pages: Option<Box<Pages<T>>>,
}

/// The pages; the first one apart, since most owners that need any need no other.
#[derive(Debug)]
struct Pages<T> {
    first: Slab<T>,
    more: Vec<Slab<T>>,
    /// Which of `more` have room, the one to fill next on top.
    open: Vec<usize>,
    len: usize,
}

impl<T, const INLINE: usize> Slots<T, INLINE> {
    pub(super) const fn new() -> Self {
        Self { inline: [const { None }; INLINE], pages: None }
    }

    #[inline]
    pub(super) fn insert(&mut self, entry: T) -> usize {
        for (key, slot) in self.inline.iter_mut().enumerate() {
            if slot.is_none() {
                *slot = Some(entry);
                return key;
            }
        }
        INLINE + self.pages.get_or_insert_with(Box::default).insert(entry)
    }

    #[inline]
    pub(super) fn get_mut(&mut self, key: usize) -> Option<&mut T> {
        if key < INLINE {
            return self.inline[key].as_mut();
        }
        let (page, slot) = ((key - INLINE) / PAGE, (key - INLINE) % PAGE);
        self.pages.as_mut()?.page(page)?.get_mut(slot)
    }

    #[inline]
    pub(super) fn remove(&mut self, key: usize) -> Option<T> {
        if key < INLINE {
            return self.inline[key].take();
        }
        let pages = self.pages.as_mut()?;
        let entry = pages.remove(key - INLINE);
        if pages.len == 0 && !pages.more.is_empty() {
            self.pages = None;
        }
        entry
    }

    /// One more than the highest key in use, at most.
    pub(super) fn end(&self) -> usize {
        let paged = self.pages.as_ref().filter(|pages| pages.len > 0);
        INLINE + paged.map_or(0, |pages| pages.first.capacity().min(PAGE) + pages.more.len() * PAGE)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        let paged = self.pages.iter().flat_map(|pages| {
            let all = std::iter::once(&pages.first).chain(&pages.more);
            all.flat_map(|page| page.iter().map(|(_, entry)| entry))
        });
        self.inline.iter().flatten().chain(paged)
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        let paged = self.pages.iter_mut().flat_map(|pages| {
            let all = std::iter::once(&mut pages.first).chain(&mut pages.more);
            all.flat_map(|page| page.iter_mut().map(|(_, entry)| entry))
        });
        self.inline.iter_mut().flatten().chain(paged)
    }
}

impl<T> Default for Pages<T> {
    fn default() -> Self {
        Self { first: Slab::new(), more: Vec::new(), open: Vec::new(), len: 0 }
    }
}

impl<T> Pages<T> {
    fn page(&mut self, index: usize) -> Option<&mut Slab<T>> {
        match index.checked_sub(1) {
            None => Some(&mut self.first),
            Some(index) => self.more.get_mut(index),
        }
    }

    fn insert(&mut self, entry: T) -> usize {
        self.len += 1;
        if self.first.len() < PAGE {
            return self.first.insert(entry);
        }
        let index = self.open.last().copied().unwrap_or_else(|| {
            self.more.push(Slab::new());
            self.open.push(self.more.len() - 1);
            self.more.len() - 1
        });
        let slot = self.more[index].insert(entry);
        if self.more[index].len() == PAGE {
            self.open.pop();
        }
        (index + 1) * PAGE + slot
    }

    fn remove(&mut self, key: usize) -> Option<T> {
        let (index, slot) = (key / PAGE, key % PAGE);
        let page = self.page(index)?;
        let entry = page.try_remove(slot)?;
        let (len, is_first) = (page.len(), index == 0);
        if len == 0 && page.capacity() > KEPT {
            *page = Slab::new();
        }
        self.len -= 1;
        if !is_first && len == PAGE - 1 {
            self.open.push(index - 1);
        }
        Some(entry)
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
        assert_eq!(slots.get_mut(again[499]), Some(&mut 5499));
        assert!(again.iter().chain(&keys).all(|&key| key < slots.end()));
        let survivor = slots.insert(7);
        for key in again.into_iter().chain(keys) {
            slots.remove(key);
        }
        assert_eq!(slots.iter().collect::<Vec<_>>(), [&7]);
        let pages = slots.pages.as_ref().unwrap();
        let held: usize = pages.more.iter().map(Slab::capacity).sum();
        assert!(held + pages.first.capacity() <= PAGE + KEPT, "one survivor holds one page");
        slots.remove(survivor);
        assert!(slots.pages.is_none(), "empty pages are given back");
    }
}
