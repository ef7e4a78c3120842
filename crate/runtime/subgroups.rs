//! WebGPU's `subgroups`, which wgpu 30 does not know in browsers: it asks for a device without them. While a
//! [`Wish`] lives, the browser's adapters add them to what they are asked for. The device is
//! [watched](super::pipelines::watch) from its first moment.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Function, Object, Promise, Reflect, Set};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise};

use super::pipelines;

const FEATURE: &str = "subgroups";
const REQUEST_ADAPTER: &str = "requestAdapter";
const REQUEST_DEVICE: &str = "requestDevice";
const REQUIRED: &str = "requiredFeatures";

/// Replaces `navigator.gpu.requestAdapter` until it is dropped.
pub struct Wish {
    gpu: Option<JsValue>,
    /// Most lanes of a subgroup, once a device was asked for with subgroups.
    lanes: Rc<RefCell<Option<u32>>>,
}

impl Wish {
    pub fn new() -> Self {
        let lanes = Rc::default();
        let gpu = replace(&lanes).ok();
        Self { gpu, lanes }
    }

    /// Most lanes of a subgroup, if a device was opened with subgroups.
    pub fn granted(self) -> Option<u32> {
        *self.lanes.borrow()
    }
}

impl Drop for Wish {
    fn drop(&mut self) {
        if let Some(gpu) = &self.gpu {
            // Its own property: the prototype's shows again.
            let _ =
                Reflect::delete_property(gpu.unchecked_ref::<Object>(), &REQUEST_ADAPTER.into());
        }
    }
}

fn replace(lanes: &Rc<RefCell<Option<u32>>>) -> Result<JsValue, JsValue> {
    let navigator = Reflect::get(&js_sys::global(), &"navigator".into())?;
    let gpu = Reflect::get(&navigator, &"gpu".into())?;
    let request: Function = Reflect::get(&gpu, &REQUEST_ADAPTER.into())?.dyn_into()?;
    let (this, lanes) = (gpu.clone(), lanes.clone());
    let replacement = Closure::<dyn Fn(JsValue) -> Promise>::new(move |options: JsValue| {
        let (request, this, lanes) = (request.clone(), this.clone(), lanes.clone());
        future_to_promise(async move {
            let promise: Promise = request.call1(&this, &options)?.dyn_into()?;
            let adapter = JsFuture::from(promise).await?;
            if adapter.is_object() {
                ask_for_more(&adapter, lanes)?;
            }
            Ok(adapter)
        })
    });
    Reflect::set(&gpu, &REQUEST_ADAPTER.into(), &replacement.into_js_value())?;
    Ok(gpu)
}

/// Have this adapter's `requestDevice` ask for subgroups too, where it has them, and its device watched.
fn ask_for_more(adapter: &JsValue, lanes: Rc<RefCell<Option<u32>>>) -> Result<(), JsValue> {
    let features: Set = Reflect::get(adapter, &"features".into())?.unchecked_into();
    let has = features.has(&FEATURE.into());
    let info = Reflect::get(adapter, &"info".into())?;
    let most = Reflect::get(&info, &"subgroupMaxSize".into())?.as_f64();
    let request: Function = Reflect::get(adapter, &REQUEST_DEVICE.into())?.dyn_into()?;
    let this = adapter.clone();
    let replacement =
        Closure::<dyn Fn(JsValue) -> Result<Promise, JsValue>>::new(move |descriptor: JsValue| {
            let descriptor = Object::assign(&Object::new(), descriptor.unchecked_ref());
            let required = Reflect::get(&descriptor, &REQUIRED.into())?;
            let required = if required.is_object() {
                Array::from(&required)
            } else {
                Array::new()
            };
            if has {
                required.push(&FEATURE.into());
                *lanes.borrow_mut() = most.map(|lanes| lanes as u32);
            }
            Reflect::set(&descriptor, &REQUIRED.into(), &required)?;
            let promise: Promise = request.call1(&this, &descriptor)?.dyn_into()?;
            Ok(future_to_promise(async move {
                let device = JsFuture::from(promise).await?;
                // Without, pipelines are made when they are launched.
                let _ = pipelines::watch(&device);
                Ok(device)
            }))
        });
    Reflect::set(
        adapter,
        &REQUEST_DEVICE.into(),
        &replacement.into_js_value(),
    )?;
    Ok(())
}
