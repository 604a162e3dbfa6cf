//! A slab that holds its first entries inline and gives back what a burst took.

use slab::Slab;

/// Entries of a page; a page without entries holds no memory.
const PAGE: usize = 256;

/// Entries by key. The first `INLINE` need no allocation; the rest live in pages, so that one
/// survivor of a burst of a million holds one page, not the memory of a million (R9).
#[derive(Debug)]
pub(super) struct Slots<T, const INLINE: usize> {
    inline: [Option<T>; INLINE],
    pages: Vec<Slab<T>>,
    /// Pages with room, the one to fill next on top.
    open: Vec<usize>,
    paged: usize,
}

impl<T, const INLINE: usize> Slots<T, INLINE> {
    pub(super) const fn new() -> Self {
        Self { inline: [const { None }; INLINE], pages: Vec::new(), open: Vec::new(), paged: 0 }
    }

    pub(super) fn insert(&mut self, entry: T) -> usize {
        if let Some(key) = self.inline.iter().position(Option::is_none) {
            self.inline[key] = Some(entry);
            return key;
        }
        self.insert_paged(entry)
    }

    fn insert_paged(&mut self, entry: T) -> usize {
        let page = self.open.last().copied().unwrap_or_else(|| {
            self.pages.push(Slab::new());
            self.open.push(self.pages.len() - 1);
            self.pages.len() - 1
        });
        let slot = self.pages[page].insert(entry);
        self.paged += 1;
        if self.pages[page].len() == PAGE {
            self.open.pop();
        }
        INLINE + page * PAGE + slot
    }

    pub(super) fn get_mut(&mut self, key: usize) -> Option<&mut T> {
        match key.checked_sub(INLINE) {
            None => self.inline[key].as_mut(),
            Some(paged) => self.pages.get_mut(paged / PAGE)?.get_mut(paged % PAGE),
        }
    }

    pub(super) fn remove(&mut self, key: usize) -> Option<T> {
        let Some(paged) = key.checked_sub(INLINE) else {
            return self.inline[key].take();
        };
        let (index, slot) = (paged / PAGE, paged % PAGE);
        let page = self.pages.get_mut(index)?;
        let entry = page.try_remove(slot)?;
        if page.len() == PAGE - 1 {
            self.open.push(index);
        }
        if page.is_empty() {
            *page = Slab::new();
        }
        self.paged -= 1;
        if self.paged == 0 {
            (self.pages, self.open) = (Vec::new(), Vec::new());
        }
        Some(entry)
    }

    /// One more than the highest key in use, at most.
    pub(super) fn end(&self) -> usize {
        INLINE + self.pages.len() * PAGE
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        let paged = self.pages.iter().flat_map(|page| page.iter().map(|(_, entry)| entry));
        self.inline.iter().flatten().chain(paged)
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        let paged = self.pages.iter_mut().flat_map(|page| page.iter_mut().map(|(_, entry)| entry));
        self.inline.iter_mut().flatten().chain(paged)
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
        let survivor = slots.insert(7);
        for key in again.into_iter().chain(keys) {
            slots.remove(key);
        }
        assert_eq!(slots.iter().collect::<Vec<_>>(), [&7]);
        let held: usize = slots.pages.iter().map(Slab::capacity).sum();
        assert!(held <= PAGE, "one survivor holds one page, not {held} entries");
        slots.remove(survivor);
        assert_eq!(slots.end(), 2, "empty pages are given back");
    }
}
