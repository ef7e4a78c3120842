//! Which shaders some work wants, found without running them.

use std::cell::RefCell;
use std::collections::HashSet;

use burn::backend::wgpu::KernelSource;

use super::Shader;

thread_local! {
    /// While somebody asks.
    static WANTED: RefCell<Option<HashSet<Shader>>> = const { RefCell::new(None) };
}

/// The texts of the shaders that `work` launches on this thread: they are not launched, so that what they would have written
/// is anything. Burn's own kernels run.
pub fn wanted(work: impl FnOnce()) -> Vec<String> {
    WANTED.set(Some(HashSet::new()));
    work();
    let shaders = WANTED.take().unwrap_or_default();
    let text = |shader: &Shader| shader.source().complete();
    shaders.iter().map(text).collect()
}

/// Whether somebody only asks; then it is noted.
pub(super) fn note(shader: &Shader) -> bool {
    WANTED.with_borrow_mut(|wanted| {
        let asked = wanted.is_some();
        if let Some(wanted) = wanted {
            wanted.insert(shader.clone());
        }
        asked
    })
}
