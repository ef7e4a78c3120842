//! Compute pipelines, made while the page goes on. wgpu asks the browser for each at the moment that it is launched first:
//! the browser's GPU process then does nothing else, for this page or any other, until the shader is compiled. So the
//! pipelines of texts that are known beforehand are made by `createComputePipelineAsync`, and handed out when wgpu asks.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Function, Map, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise};

const CREATE_MODULE: &str = "createShaderModule";
const CREATE_PIPELINE: &str = "createComputePipeline";
const CREATE_LATER: &str = "createComputePipelineAsync";
const AUTO: &str = "auto";
/// What all shaders call it.
const ENTRY_POINT: &str = "main";

/// Those of the device that was opened last.
struct Pipelines {
    device: JsValue,
    create_module: Function,
    create_later: Function,
    /// By text.
    modules: Map,
    /// By module, once made.
    made: Map,
    /// Done when all asked for so far are made, or refused.
    under_way: RefCell<Promise>,
}

thread_local! {
    static PIPELINES: RefCell<Option<Rc<Pipelines>>> = const { RefCell::new(None) };
}

fn method(of: &JsValue, name: &str) -> Result<Function, JsValue> {
    Reflect::get(of, &name.into())?.dyn_into()
}

fn object(entries: &[(&str, &JsValue)]) -> Result<JsValue, JsValue> {
    let object = Object::new();
    for (name, value) in entries {
        Reflect::set(&object, &(*name).into(), value)?;
    }
    Ok(object.into())
}

/// From now on this `GPUDevice` hands out the pipelines that [`compile`] has made.
///
/// # Errors
/// If it is none.
pub fn watch(device: &JsValue) -> Result<(), JsValue> {
    let pipelines = Rc::new(Pipelines {
        device: device.clone(),
        create_module: method(device, CREATE_MODULE)?,
        create_later: method(device, CREATE_LATER)?,
        modules: Map::new(),
        made: Map::new(),
        under_way: RefCell::new(Promise::resolve(&JsValue::UNDEFINED)),
    });
    let its = pipelines.clone();
    let module =
        Closure::<dyn Fn(JsValue) -> Result<JsValue, JsValue>>::new(move |given: JsValue| {
            let known = its.modules.get(&Reflect::get(&given, &"code".into())?);
            if known.is_undefined() {
                its.create_module.call1(&its.device, &given)
            } else {
                Ok(known)
            }
        });
    let its = pipelines.clone();
    let create = method(device, CREATE_PIPELINE)?;
    let pipeline =
        Closure::<dyn Fn(JsValue) -> Result<JsValue, JsValue>>::new(move |given: JsValue| {
            let stage = Reflect::get(&given, &"compute".into())?;
            let made = its.made.get(&Reflect::get(&stage, &"module".into())?);
            let plain = Reflect::get(&given, &"layout".into())?
                .as_string()
                .as_deref()
                == Some(AUTO);
            if plain && !made.is_undefined() {
                Ok(made)
            } else {
                create.call1(&its.device, &given)
            }
        });
    Reflect::set(device, &CREATE_MODULE.into(), &module.into_js_value())?;
    Reflect::set(device, &CREATE_PIPELINE.into(), &pipeline.into_js_value())?;
    PIPELINES.set(Some(pipelines));
    Ok(())
}

impl Pipelines {
    /// Begin to make the pipeline of `text`; done when it is made, or refused. Who launches it hears why.
    fn begin(self: &Rc<Self>, text: &JsValue) -> Result<Promise, JsValue> {
        let module = self
            .create_module
            .call1(&self.device, &object(&[("code", text)])?)?;
        self.modules.set(text, &module);
        let stage = object(&[("module", &module), ("entryPoint", &ENTRY_POINT.into())])?;
        let whole = object(&[("layout", &AUTO.into()), ("compute", &stage)])?;
        let promise: Promise = self.create_later.call1(&self.device, &whole)?.dyn_into()?;
        let its = self.clone();
        Ok(future_to_promise(async move {
            if let Ok(pipeline) = JsFuture::from(promise).await {
                its.made.set(&module, &pipeline);
            }
            Ok(JsValue::UNDEFINED)
        }))
    }
}

/// Have the shaders of these texts compiled, those that are not yet. Waits for them and for all that were asked for before.
pub async fn compile(texts: Vec<String>) {
    let Some(pipelines) = PIPELINES.with_borrow(Clone::clone) else {
        return;
    };
    let all = Array::of1(&pipelines.under_way.borrow());
    for text in texts {
        let text = JsValue::from(text);
        if !pipelines.modules.has(&text)
            && let Ok(promise) = pipelines.begin(&text)
        {
            all.push(&promise);
        }
    }
    *pipelines.under_way.borrow_mut() = Promise::all(&all);
    settled().await;
}

/// Wait for what [`compile`] was asked for so far.
pub async fn settled() {
    let under_way = PIPELINES.with_borrow(|pipelines| {
        pipelines
            .as_ref()
            .map(|pipelines| pipelines.under_way.borrow().clone())
    });
    if let Some(under_way) = under_way {
        // None of them fails.
        let _ = JsFuture::from(under_way).await;
    }
}
