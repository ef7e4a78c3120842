var IC=Object.create;var Pu=Object.defineProperty;var kC=Object.getOwnPropertyDescriptor;var TC=Object.getOwnPropertyNames;var NC=Object.getPrototypeOf,DC=Object.prototype.hasOwnProperty;var xm=(r=>typeof require<"u"?require:typeof Proxy<"u"?new Proxy(r,{get:(t,e)=>(typeof require<"u"?require:t)[e]}):r)(function(r){if(typeof require<"u")return require.apply(this,arguments);throw Error('Dynamic require of "'+r+'" is not supported')});var Ee=(r,t)=>()=>{try{return t||r((t={exports:{}}).exports,t),t.exports}catch(e){throw t=0,e}},rr=(r,t)=>{for(var e in t)Pu(r,e,{get:t[e],enumerable:!0})},EC=(r,t,e,o)=>{if(t&&typeof t=="object"||typeof t=="function")for(let n of TC(t))!DC.call(r,n)&&n!==e&&Pu(r,n,{get:()=>t[n],enumerable:!(o=kC(t,n))||o.enumerable});return r};var ym=(r,t,e)=>(e=r!=null?IC(NC(r)):{},EC(t||!r||!r.__esModule?Pu(e,"default",{value:r,enumerable:!0}):e,r));var pf=Ee((SE,af)=>{af.exports=St;var ce=null;try{ce=new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array([0,97,115,109,1,0,0,0,1,13,2,96,0,1,127,96,4,127,127,127,127,1,127,3,7,6,0,1,1,1,1,1,6,6,1,127,1,65,0,11,7,50,6,3,109,117,108,0,1,5,100,105,118,95,115,0,2,5,100,105,118,95,117,0,3,5,114,101,109,95,115,0,4,5,114,101,109,95,117,0,5,8,103,101,116,95,104,105,103,104,0,0,10,191,1,6,4,0,35,0,11,36,1,1,126,32,0,173,32,1,173,66,32,134,132,32,2,173,32,3,173,66,32,134,132,126,34,4,66,32,135,167,36,0,32,4,167,11,36,1,1,126,32,0,173,32,1,173,66,32,134,132,32,2,173,32,3,173,66,32,134,132,127,34,4,66,32,135,167,36,0,32,4,167,11,36,1,1,126,32,0,173,32,1,173,66,32,134,132,32,2,173,32,3,173,66,32,134,132,128,34,4,66,32,135,167,36,0,32,4,167,11,36,1,1,126,32,0,173,32,1,173,66,32,134,132,32,2,173,32,3,173,66,32,134,132,129,34,4,66,32,135,167,36,0,32,4,167,11,36,1,1,126,32,0,173,32,1,173,66,32,134,132,32,2,173,32,3,173,66,32,134,132,130,34,4,66,32,135,167,36,0,32,4,167,11])),{}).exports}catch{}function St(r,t,e){this.low=r|0,this.high=t|0,this.unsigned=!!e}St.prototype.__isLong__;Object.defineProperty(St.prototype,"__isLong__",{value:!0});function Kt(r){return(r&&r.__isLong__)===!0}St.isLong=Kt;var Zm={},Qm={};function Pr(r,t){var e,o,n;return t?(r>>>=0,(n=0<=r&&r<256)&&(o=Qm[r],o)?o:(e=Ct(r,(r|0)<0?-1:0,!0),n&&(Qm[r]=e),e)):(r|=0,(n=-128<=r&&r<128)&&(o=Zm[r],o)?o:(e=Ct(r,r<0?-1:0,!1),n&&(Zm[r]=e),e))}St.fromInt=Pr;function me(r,t){if(isNaN(r))return t?Fr:fe;if(t){if(r<0)return Fr;if(r>=rf)return sf}else{if(r<=-tf)return qt;if(r+1>=tf)return nf}return r<0?me(-r,t).neg():Ct(r%In|0,r/In|0,t)}St.fromNumber=me;function Ct(r,t,e){return new St(r,t,e)}St.fromBits=Ct;var ra=Math.pow;function Xu(r,t,e){if(r.length===0)throw Error("empty string");if(r==="NaN"||r==="Infinity"||r==="+Infinity"||r==="-Infinity")return fe;if(typeof t=="number"?(e=t,t=!1):t=!!t,e=e||10,e<2||36<e)throw RangeError("radix");var o;if((o=r.indexOf("-"))>0)throw Error("interior hyphen");if(o===0)return Xu(r.substring(1),t,e).neg();for(var n=me(ra(e,8)),s=fe,i=0;i<r.length;i+=8){var a=Math.min(8,r.length-i),p=parseInt(r.substring(i,i+a),e);if(a<8){var u=me(ra(e,a));s=s.mul(u).add(me(p))}else s=s.mul(n),s=s.add(me(p))}return s.unsigned=t,s}St.fromString=Xu;function we(r,t){return typeof r=="number"?me(r,t):typeof r=="string"?Xu(r,t):Ct(r.low,r.high,typeof t=="boolean"?t:r.unsigned)}St.fromValue=we;var Jm=65536,t0=1<<24,In=Jm*Jm,rf=In*In,tf=rf/2,ef=Pr(t0),fe=Pr(0);St.ZERO=fe;var Fr=Pr(0,!0);St.UZERO=Fr;var vn=Pr(1);St.ONE=vn;var of=Pr(1,!0);St.UONE=of;var Ku=Pr(-1);St.NEG_ONE=Ku;var nf=Ct(-1,2147483647,!1);St.MAX_VALUE=nf;var sf=Ct(-1,-1,!0);St.MAX_UNSIGNED_VALUE=sf;var qt=Ct(0,-2147483648,!1);St.MIN_VALUE=qt;var V=St.prototype;V.toInt=function(){return this.unsigned?this.low>>>0:this.low};V.toNumber=function(){return this.unsigned?(this.high>>>0)*In+(this.low>>>0):this.high*In+(this.low>>>0)};V.toString=function(t){if(t=t||10,t<2||36<t)throw RangeError("radix");if(this.isZero())return"0";if(this.isNegative())if(this.eq(qt)){var e=me(t),o=this.div(e),n=o.mul(e).sub(this);return o.toString(t)+n.toInt().toString(t)}else return"-"+this.neg().toString(t);for(var s=me(ra(t,6),this.unsigned),i=this,a="";;){var p=i.div(s),u=i.sub(p.mul(s)).toInt()>>>0,c=u.toString(t);if(i=p,i.isZero())return c+a;for(;c.length<6;)c="0"+c;a=""+c+a}};V.getHighBits=function(){return this.high};V.getHighBitsUnsigned=function(){return this.high>>>0};V.getLowBits=function(){return this.low};V.getLowBitsUnsigned=function(){return this.low>>>0};V.getNumBitsAbs=function(){if(this.isNegative())return this.eq(qt)?64:this.neg().getNumBitsAbs();for(var t=this.high!=0?this.high:this.low,e=31;e>0&&(t&1<<e)==0;e--);return this.high!=0?e+33:e+1};V.isZero=function(){return this.high===0&&this.low===0};V.eqz=V.isZero;V.isNegative=function(){return!this.unsigned&&this.high<0};V.isPositive=function(){return this.unsigned||this.high>=0};V.isOdd=function(){return(this.low&1)===1};V.isEven=function(){return(this.low&1)===0};V.equals=function(t){return Kt(t)||(t=we(t)),this.unsigned!==t.unsigned&&this.high>>>31===1&&t.high>>>31===1?!1:this.high===t.high&&this.low===t.low};V.eq=V.equals;V.notEquals=function(t){return!this.eq(t)};V.neq=V.notEquals;V.ne=V.notEquals;V.lessThan=function(t){return this.comp(t)<0};V.lt=V.lessThan;V.lessThanOrEqual=function(t){return this.comp(t)<=0};V.lte=V.lessThanOrEqual;V.le=V.lessThanOrEqual;V.greaterThan=function(t){return this.comp(t)>0};V.gt=V.greaterThan;V.greaterThanOrEqual=function(t){return this.comp(t)>=0};V.gte=V.greaterThanOrEqual;V.ge=V.greaterThanOrEqual;V.compare=function(t){if(Kt(t)||(t=we(t)),this.eq(t))return 0;var e=this.isNegative(),o=t.isNegative();return e&&!o?-1:!e&&o?1:this.unsigned?t.high>>>0>this.high>>>0||t.high===this.high&&t.low>>>0>this.low>>>0?-1:1:this.sub(t).isNegative()?-1:1};V.comp=V.compare;V.negate=function(){return!this.unsigned&&this.eq(qt)?qt:this.not().add(vn)};V.neg=V.negate;V.add=function(t){Kt(t)||(t=we(t));var e=this.high>>>16,o=this.high&65535,n=this.low>>>16,s=this.low&65535,i=t.high>>>16,a=t.high&65535,p=t.low>>>16,u=t.low&65535,c=0,l=0,m=0,f=0;return f+=s+u,m+=f>>>16,f&=65535,m+=n+p,l+=m>>>16,m&=65535,l+=o+a,c+=l>>>16,l&=65535,c+=e+i,c&=65535,Ct(m<<16|f,c<<16|l,this.unsigned)};V.subtract=function(t){return Kt(t)||(t=we(t)),this.add(t.neg())};V.sub=V.subtract;V.multiply=function(t){if(this.isZero())return fe;if(Kt(t)||(t=we(t)),ce){var e=ce.mul(this.low,this.high,t.low,t.high);return Ct(e,ce.get_high(),this.unsigned)}if(t.isZero())return fe;if(this.eq(qt))return t.isOdd()?qt:fe;if(t.eq(qt))return this.isOdd()?qt:fe;if(this.isNegative())return t.isNegative()?this.neg().mul(t.neg()):this.neg().mul(t).neg();if(t.isNegative())return this.mul(t.neg()).neg();if(this.lt(ef)&&t.lt(ef))return me(this.toNumber()*t.toNumber(),this.unsigned);var o=this.high>>>16,n=this.high&65535,s=this.low>>>16,i=this.low&65535,a=t.high>>>16,p=t.high&65535,u=t.low>>>16,c=t.low&65535,l=0,m=0,f=0,d=0;return d+=i*c,f+=d>>>16,d&=65535,f+=s*c,m+=f>>>16,f&=65535,f+=i*u,m+=f>>>16,f&=65535,m+=n*c,l+=m>>>16,m&=65535,m+=s*u,l+=m>>>16,m&=65535,m+=i*p,l+=m>>>16,m&=65535,l+=o*c+n*u+s*p+i*a,l&=65535,Ct(f<<16|d,l<<16|m,this.unsigned)};V.mul=V.multiply;V.divide=function(t){if(Kt(t)||(t=we(t)),t.isZero())throw Error("division by zero");if(ce){if(!this.unsigned&&this.high===-2147483648&&t.low===-1&&t.high===-1)return this;var e=(this.unsigned?ce.div_u:ce.div_s)(this.low,this.high,t.low,t.high);return Ct(e,ce.get_high(),this.unsigned)}if(this.isZero())return this.unsigned?Fr:fe;var o,n,s;if(this.unsigned){if(t.unsigned||(t=t.toUnsigned()),t.gt(this))return Fr;if(t.gt(this.shru(1)))return of;s=Fr}else{if(this.eq(qt)){if(t.eq(vn)||t.eq(Ku))return qt;if(t.eq(qt))return vn;var i=this.shr(1);return o=i.div(t).shl(1),o.eq(fe)?t.isNegative()?vn:Ku:(n=this.sub(t.mul(o)),s=o.add(n.div(t)),s)}else if(t.eq(qt))return this.unsigned?Fr:fe;if(this.isNegative())return t.isNegative()?this.neg().div(t.neg()):this.neg().div(t).neg();if(t.isNegative())return this.div(t.neg()).neg();s=fe}for(n=this;n.gte(t);){o=Math.max(1,Math.floor(n.toNumber()/t.toNumber()));for(var a=Math.ceil(Math.log(o)/Math.LN2),p=a<=48?1:ra(2,a-48),u=me(o),c=u.mul(t);c.isNegative()||c.gt(n);)o-=p,u=me(o,this.unsigned),c=u.mul(t);u.isZero()&&(u=vn),s=s.add(u),n=n.sub(c)}return s};V.div=V.divide;V.modulo=function(t){if(Kt(t)||(t=we(t)),ce){var e=(this.unsigned?ce.rem_u:ce.rem_s)(this.low,this.high,t.low,t.high);return Ct(e,ce.get_high(),this.unsigned)}return this.sub(this.div(t).mul(t))};V.mod=V.modulo;V.rem=V.modulo;V.not=function(){return Ct(~this.low,~this.high,this.unsigned)};V.and=function(t){return Kt(t)||(t=we(t)),Ct(this.low&t.low,this.high&t.high,this.unsigned)};V.or=function(t){return Kt(t)||(t=we(t)),Ct(this.low|t.low,this.high|t.high,this.unsigned)};V.xor=function(t){return Kt(t)||(t=we(t)),Ct(this.low^t.low,this.high^t.high,this.unsigned)};V.shiftLeft=function(t){return Kt(t)&&(t=t.toInt()),(t&=63)===0?this:t<32?Ct(this.low<<t,this.high<<t|this.low>>>32-t,this.unsigned):Ct(0,this.low<<t-32,this.unsigned)};V.shl=V.shiftLeft;V.shiftRight=function(t){return Kt(t)&&(t=t.toInt()),(t&=63)===0?this:t<32?Ct(this.low>>>t|this.high<<32-t,this.high>>t,this.unsigned):Ct(this.high>>t-32,this.high>=0?0:-1,this.unsigned)};V.shr=V.shiftRight;V.shiftRightUnsigned=function(t){if(Kt(t)&&(t=t.toInt()),t&=63,t===0)return this;var e=this.high;if(t<32){var o=this.low;return Ct(o>>>t|e<<32-t,e>>>t,this.unsigned)}else return t===32?Ct(e,0,this.unsigned):Ct(e>>>t-32,0,this.unsigned)};V.shru=V.shiftRightUnsigned;V.shr_u=V.shiftRightUnsigned;V.toSigned=function(){return this.unsigned?Ct(this.low,this.high,!1):this};V.toUnsigned=function(){return this.unsigned?this:Ct(this.low,this.high,!0)};V.toBytes=function(t){return t?this.toBytesLE():this.toBytesBE()};V.toBytesLE=function(){var t=this.high,e=this.low;return[e&255,e>>>8&255,e>>>16&255,e>>>24,t&255,t>>>8&255,t>>>16&255,t>>>24]};V.toBytesBE=function(){var t=this.high,e=this.low;return[t>>>24,t>>>16&255,t>>>8&255,t&255,e>>>24,e>>>16&255,e>>>8&255,e&255]};St.fromBytes=function(t,e,o){return o?St.fromBytesLE(t,e):St.fromBytesBE(t,e)};St.fromBytesLE=function(t,e){return new St(t[0]|t[1]<<8|t[2]<<16|t[3]<<24,t[4]|t[5]<<8|t[6]<<16|t[7]<<24,e)};St.fromBytesBE=function(t,e){return new St(t[4]<<24|t[5]<<16|t[6]<<8|t[7],t[0]<<24|t[1]<<16|t[2]<<8|t[3],e)}});var Sd=Ee((wd,Kl)=>{(function(r,t,e){function o(a){var p=this,u=i();p.next=function(){var c=2091639*p.s0+p.c*23283064365386963e-26;return p.s0=p.s1,p.s1=p.s2,p.s2=c-(p.c=c|0)},p.c=1,p.s0=u(" "),p.s1=u(" "),p.s2=u(" "),p.s0-=u(a),p.s0<0&&(p.s0+=1),p.s1-=u(a),p.s1<0&&(p.s1+=1),p.s2-=u(a),p.s2<0&&(p.s2+=1),u=null}function n(a,p){return p.c=a.c,p.s0=a.s0,p.s1=a.s1,p.s2=a.s2,p}function s(a,p){var u=new o(a),c=p&&p.state,l=u.next;return l.int32=function(){return u.next()*4294967296|0},l.double=function(){return l()+(l()*2097152|0)*11102230246251565e-32},l.quick=l,c&&(typeof c=="object"&&n(c,u),l.state=function(){return n(u,{})}),l}function i(){var a=4022871197,p=function(u){u=String(u);for(var c=0;c<u.length;c++){a+=u.charCodeAt(c);var l=.02519603282416938*a;a=l>>>0,l-=a,l*=a,a=l>>>0,l-=a,a+=l*4294967296}return(a>>>0)*23283064365386963e-26};return p}t&&t.exports?t.exports=s:e&&e.amd?e(function(){return s}):this.alea=s})(wd,typeof Kl=="object"&&Kl,typeof define=="function"&&define)});var vd=Ee((Cd,Xl)=>{(function(r,t,e){function o(i){var a=this,p="";a.x=0,a.y=0,a.z=0,a.w=0,a.next=function(){var c=a.x^a.x<<11;return a.x=a.y,a.y=a.z,a.z=a.w,a.w^=a.w>>>19^c^c>>>8},i===(i|0)?a.x=i:p+=i;for(var u=0;u<p.length+64;u++)a.x^=p.charCodeAt(u)|0,a.next()}function n(i,a){return a.x=i.x,a.y=i.y,a.z=i.z,a.w=i.w,a}function s(i,a){var p=new o(i),u=a&&a.state,c=function(){return(p.next()>>>0)/4294967296};return c.double=function(){do var l=p.next()>>>11,m=(p.next()>>>0)/4294967296,f=(l+m)/(1<<21);while(f===0);return f},c.int32=p.next,c.quick=c,u&&(typeof u=="object"&&n(u,p),c.state=function(){return n(p,{})}),c}t&&t.exports?t.exports=s:e&&e.amd?e(function(){return s}):this.xor128=s})(Cd,typeof Xl=="object"&&Xl,typeof define=="function"&&define)});var kd=Ee((Id,jl)=>{(function(r,t,e){function o(i){var a=this,p="";a.next=function(){var c=a.x^a.x>>>2;return a.x=a.y,a.y=a.z,a.z=a.w,a.w=a.v,(a.d=a.d+362437|0)+(a.v=a.v^a.v<<4^(c^c<<1))|0},a.x=0,a.y=0,a.z=0,a.w=0,a.v=0,i===(i|0)?a.x=i:p+=i;for(var u=0;u<p.length+64;u++)a.x^=p.charCodeAt(u)|0,u==p.length&&(a.d=a.x<<10^a.x>>>4),a.next()}function n(i,a){return a.x=i.x,a.y=i.y,a.z=i.z,a.w=i.w,a.v=i.v,a.d=i.d,a}function s(i,a){var p=new o(i),u=a&&a.state,c=function(){return(p.next()>>>0)/4294967296};return c.double=function(){do var l=p.next()>>>11,m=(p.next()>>>0)/4294967296,f=(l+m)/(1<<21);while(f===0);return f},c.int32=p.next,c.quick=c,u&&(typeof u=="object"&&n(u,p),c.state=function(){return n(p,{})}),c}t&&t.exports?t.exports=s:e&&e.amd?e(function(){return s}):this.xorwow=s})(Id,typeof jl=="object"&&jl,typeof define=="function"&&define)});var Nd=Ee((Td,Yl)=>{(function(r,t,e){function o(i){var a=this;a.next=function(){var u=a.x,c=a.i,l,m,f;return l=u[c],l^=l>>>7,m=l^l<<24,l=u[c+1&7],m^=l^l>>>10,l=u[c+3&7],m^=l^l>>>3,l=u[c+4&7],m^=l^l<<7,l=u[c+7&7],l=l^l<<13,m^=l^l<<9,u[c]=m,a.i=c+1&7,m};function p(u,c){var l,m,f=[];if(c===(c|0))m=f[0]=c;else for(c=""+c,l=0;l<c.length;++l)f[l&7]=f[l&7]<<15^c.charCodeAt(l)+f[l+1&7]<<13;for(;f.length<8;)f.push(0);for(l=0;l<8&&f[l]===0;++l);for(l==8?m=f[7]=-1:m=f[l],u.x=f,u.i=0,l=256;l>0;--l)u.next()}p(a,i)}function n(i,a){return a.x=i.x.slice(),a.i=i.i,a}function s(i,a){i==null&&(i=+new Date);var p=new o(i),u=a&&a.state,c=function(){return(p.next()>>>0)/4294967296};return c.double=function(){do var l=p.next()>>>11,m=(p.next()>>>0)/4294967296,f=(l+m)/(1<<21);while(f===0);return f},c.int32=p.next,c.quick=c,u&&(u.x&&n(u,p),c.state=function(){return n(p,{})}),c}t&&t.exports?t.exports=s:e&&e.amd?e(function(){return s}):this.xorshift7=s})(Td,typeof Yl=="object"&&Yl,typeof define=="function"&&define)});var Ed=Ee((Dd,Zl)=>{(function(r,t,e){function o(i){var a=this;a.next=function(){var u=a.w,c=a.X,l=a.i,m,f;return a.w=u=u+1640531527|0,f=c[l+34&127],m=c[l=l+1&127],f^=f<<13,m^=m<<17,f^=f>>>15,m^=m>>>12,f=c[l]=f^m,a.i=l,f+(u^u>>>16)|0};function p(u,c){var l,m,f,d,g,h=[],S=128;for(c===(c|0)?(m=c,c=null):(c=c+"\0",m=0,S=Math.max(S,c.length)),f=0,d=-32;d<S;++d)c&&(m^=c.charCodeAt((d+32)%c.length)),d===0&&(g=m),m^=m<<10,m^=m>>>15,m^=m<<4,m^=m>>>13,d>=0&&(g=g+1640531527|0,l=h[d&127]^=m+g,f=l==0?f+1:0);for(f>=128&&(h[(c&&c.length||0)&127]=-1),f=127,d=512;d>0;--d)m=h[f+34&127],l=h[f=f+1&127],m^=m<<13,l^=l<<17,m^=m>>>15,l^=l>>>12,h[f]=m^l;u.w=g,u.X=h,u.i=f}p(a,i)}function n(i,a){return a.i=i.i,a.w=i.w,a.X=i.X.slice(),a}function s(i,a){i==null&&(i=+new Date);var p=new o(i),u=a&&a.state,c=function(){return(p.next()>>>0)/4294967296};return c.double=function(){do var l=p.next()>>>11,m=(p.next()>>>0)/4294967296,f=(l+m)/(1<<21);while(f===0);return f},c.int32=p.next,c.quick=c,u&&(u.X&&n(u,p),c.state=function(){return n(p,{})}),c}t&&t.exports?t.exports=s:e&&e.amd?e(function(){return s}):this.xor4096=s})(Dd,typeof Zl=="object"&&Zl,typeof define=="function"&&define)});var Rd=Ee(($d,Ql)=>{(function(r,t,e){function o(i){var a=this,p="";a.next=function(){var c=a.b,l=a.c,m=a.d,f=a.a;return c=c<<25^c>>>7^l,l=l-m|0,m=m<<24^m>>>8^f,f=f-c|0,a.b=c=c<<20^c>>>12^l,a.c=l=l-m|0,a.d=m<<16^l>>>16^f,a.a=f-c|0},a.a=0,a.b=0,a.c=-1640531527,a.d=1367130551,i===Math.floor(i)?(a.a=i/4294967296|0,a.b=i|0):p+=i;for(var u=0;u<p.length+20;u++)a.b^=p.charCodeAt(u)|0,a.next()}function n(i,a){return a.a=i.a,a.b=i.b,a.c=i.c,a.d=i.d,a}function s(i,a){var p=new o(i),u=a&&a.state,c=function(){return(p.next()>>>0)/4294967296};return c.double=function(){do var l=p.next()>>>11,m=(p.next()>>>0)/4294967296,f=(l+m)/(1<<21);while(f===0);return f},c.int32=p.next,c.quick=c,u&&(typeof u=="object"&&n(u,p),c.state=function(){return n(p,{})}),c}t&&t.exports?t.exports=s:e&&e.amd?e(function(){return s}):this.tychei=s})($d,typeof Ql=="object"&&Ql,typeof define=="function"&&define)});var Ad=Ee(()=>{});var Pd=Ee((Fd,Ra)=>{(function(r,t,e){var o=256,n=6,s=52,i="random",a=e.pow(o,n),p=e.pow(2,s),u=p*2,c=o-1,l;function m(k,v,N){var R=[];v=v==!0?{entropy:!0}:v||{};var P=h(g(v.entropy?[k,T(t)]:k??S(),3),R),G=new f(R),B=function(){for(var L=G.g(n),U=a,X=0;L<p;)L=(L+X)*o,U*=o,X=G.g(1);for(;L>=u;)L/=2,U/=2,X>>>=1;return(L+X)/U};return B.int32=function(){return G.g(4)|0},B.quick=function(){return G.g(4)/4294967296},B.double=B,h(T(G.S),t),(v.pass||N||function(L,U,X,Q){return Q&&(Q.S&&d(Q,G),L.state=function(){return d(G,{})}),X?(e[i]=L,U):L})(B,P,"global"in v?v.global:this==e,v.state)}function f(k){var v,N=k.length,R=this,P=0,G=R.i=R.j=0,B=R.S=[];for(N||(k=[N++]);P<o;)B[P]=P++;for(P=0;P<o;P++)B[P]=B[G=c&G+k[P%N]+(v=B[P])],B[G]=v;(R.g=function(L){for(var U,X=0,Q=R.i,ot=R.j,it=R.S;L--;)U=it[Q=c&Q+1],X=X*o+it[c&(it[Q]=it[ot=c&ot+U])+(it[ot]=U)];return R.i=Q,R.j=ot,X})(o)}function d(k,v){return v.i=k.i,v.j=k.j,v.S=k.S.slice(),v}function g(k,v){var N=[],R=typeof k,P;if(v&&R=="object")for(P in k)try{N.push(g(k[P],v-1))}catch{}return N.length?N:R=="string"?k:k+"\0"}function h(k,v){for(var N=k+"",R,P=0;P<N.length;)v[c&P]=c&(R^=v[c&P]*19)+N.charCodeAt(P++);return T(v)}function S(){try{var k;return l&&(k=l.randomBytes)?k=k(o):(k=new Uint8Array(o),(r.crypto||r.msCrypto).getRandomValues(k)),T(k)}catch{var v=r.navigator,N=v&&v.plugins;return[+new Date,r,N,r.screen,T(t)]}}function T(k){return String.fromCharCode.apply(0,k)}if(h(e.random(),t),typeof Ra=="object"&&Ra.exports){Ra.exports=m;try{l=Ad()}catch{}}else typeof define=="function"&&define.amd?define(function(){return m}):e["seed"+i]=m})(typeof self<"u"?self:Fd,[],Math)});var _d=Ee((vU,Md)=>{var G1=Sd(),B1=vd(),z1=kd(),L1=Nd(),O1=Ed(),U1=Rd(),Vr=Pd();Vr.alea=G1;Vr.xor128=B1;Vr.xorwow=z1;Vr.xorshift7=L1;Vr.xor4096=O1;Vr.tychei=U1;Md.exports=Vr});var xs=class{constructor(t,e){this.backend=t,this.dataMover=e,this.data=new WeakMap,this.dataIdsCount=0}get(t){return this.data.has(t)||this.dataMover.moveData(this.backend,t),this.data.get(t)}set(t,e){this.dataIdsCount++,this.data.set(t,e)}has(t){return this.data.has(t)}delete(t){return this.dataIdsCount--,this.data.delete(t)}numDataIds(){return this.dataIdsCount}},Nr=class{refCount(t){return Ht("refCount")}incRef(t){return Ht("incRef")}timerAvailable(){return!0}time(t){return Ht("time")}read(t){return Ht("read")}readSync(t){return Ht("readSync")}readToGPU(t,e){return Ht("readToGPU")}numDataIds(){return Ht("numDataIds")}disposeData(t,e){return Ht("disposeData")}write(t,e,o){return Ht("write")}move(t,e,o,n,s){return Ht("move")}createTensorFromGPUData(t,e,o){return Ht("createTensorFromGPUData")}memory(){return Ht("memory")}floatPrecision(){return Ht("floatPrecision")}epsilon(){return this.floatPrecision()===32?1e-7:1e-4}dispose(){return Ht("dispose")}};function Ht(r){throw new Error(`'${r}' not yet implemented or not found in the registry. This kernel may not be supported by the tfjs backend you have chosen`)}function bm(r){let t=r.length,e=0;for(;t>0;)e=Math.random()*t|0,t--,mi(r,t,e)}function $C(r,t){if(r.length!==t.length)throw new Error(`Array sizes must match to be shuffled together First array length was ${r.length}Second array length was ${t.length}`);let e=r.length,o=0;for(;e>0;)o=Math.random()*e|0,e--,mi(r,e,o),mi(t,e,o)}function no(r,t,e){return Math.max(r,Math.min(t,e))}function RC(r){return r%2===0?r:r+1}function mi(r,t,e){let o=r[t];r[t]=r[e],r[e]=o}function AC(r){let t=0;for(let e=0;e<r.length;e++)t+=r[e];return t}function FC(r,t){let e=Math.random();return t*e+(1-e)*r}function PC(r,t){let e=0;for(let o=0;o<r.length;o++){let n=Number(r[o])-Number(t[o]);e+=n*n}return e}function C(r,t){if(!r)throw new Error(typeof t=="string"?t:t())}function fi(r,t,e=""){C(so(r,t),()=>e+` Shapes ${r} and ${t} must match`)}function Mu(r){C(r!=null,()=>"The input to the tensor constructor must be a non-null value.")}function mt(r){if(r.length===0)return 1;let t=r[0];for(let e=1;e<r.length;e++)t*=r[e];return t}function MC(r){return r.length===0}function _C(r,t){if(r===t)return!0;if(r==null||t==null||r.length!==t.length)return!1;for(let e=0;e<r.length;e++)if(r[e]!==null&&t[e]!==null&&r[e]!==t[e])return!1;return!0}function so(r,t){if(r===t)return!0;if(r==null||t==null||r.length!==t.length)return!1;for(let e=0;e<r.length;e++)if(r[e]!==t[e])return!1;return!0}function Ue(r){return r%1===0}function GC(r){if(Math.tanh!=null)return Math.tanh(r);if(r===1/0)return 1;if(r===-1/0)return-1;{let t=Math.exp(2*r);return(t-1)/(t+1)}}function BC(r){let t=Math.ceil(Math.sqrt(r));return[t,Math.ceil(r/t)]}function zC(r){let t=new Uint32Array(r);for(let e=0;e<r;++e)t[e]=e;return bm(t),t}function Er(r,t){return t<=r.length?r:r+" ".repeat(t-r.length)}function LC(r,t=n=>0,e,o){return new Promise((n,s)=>{let i=0,a=()=>{if(r()){n();return}i++;let p=t(i);if(e!=null&&i>=e){s();return}o!=null?o(a,p):setTimeout(a,p)};a()})}function OC(r,t){let e=1,o=-1;for(let s=0;s<r.length;++s)if(r[s]>=0)e*=r[s];else if(r[s]===-1){if(o!==-1)throw Error(`Shapes can only have 1 implicit size. Found -1 at dim ${o} and dim ${s}`);o=s}else if(r[s]<0)throw Error(`Shapes can not be < 0. Found ${r[s]} at dim ${s}`);if(o===-1){if(t>0&&t!==e)throw Error(`Size(${t}) must match the product of shape ${r}`);return r}if(e===0)throw Error(`Cannot infer the missing size in [${r}] when there are 0 elements`);if(t%e!==0)throw Error(`The implicit shape can't be a fractional number. Got ${t} / ${e}`);let n=r.slice();return n[o]=t/e,n}function kt(r,t){let e=t.length;return r=r==null?t.map((o,n)=>n):[].concat(r),C(r.every(o=>o>=-e&&o<e),()=>`All values in axis param must be in range [-${e}, ${e}) but got axis ${r}`),C(r.every(o=>Ue(o)),()=>`All values in axis param must be integers but got axis ${r}`),r.map(o=>o<0?e+o:o)}function _u(r,t){let e=[],o=[],n=t!=null&&Array.isArray(t)&&t.length===0,s=t==null||n?null:kt(t,r).sort(),i=0;for(let a=0;a<r.length;++a){if(s!=null){if(s[i]===a&&r[a]!==1)throw new Error(`Can't squeeze axis ${a} since its dim '${r[a]}' is not 1`);(s[i]==null||s[i]>a)&&r[a]===1&&(e.push(r[a]),o.push(a)),s[i]<=a&&i++}r[a]!==1&&(e.push(r[a]),o.push(a))}return{newShape:e,keptDims:o}}function UC(r,t){return di(r,t)}function di(r,t){let e=null;if(r==null||r==="float32")e=new Float32Array(t);else if(r==="int32")e=new Int32Array(t);else if(r==="bool")e=new Uint8Array(t);else if(r==="string")e=new Array(t);else throw new Error(`Unknown data type ${r}`);return e}function Gu(r,t){for(let e=0;e<r.length;e++){let o=r[e];if(isNaN(o)||!isFinite(o))throw Error(`A tensor of type ${t} being uploaded contains ${o}.`)}}function Bu(r){return r==="bool"||r==="complex64"||r==="float32"||r==="int32"||r==="string"}function WC(r,t){return!(t==="complex64"||t==="float32"&&r!=="complex64"||t==="int32"&&r!=="float32"&&r!=="complex64"||t==="bool"&&r==="bool")}function io(r){if(r==="float32"||r==="int32")return 4;if(r==="complex64")return 8;if(r==="bool")return 1;throw new Error(`Unknown dtype ${r}`)}function zu(r){if(r==null)return 0;let t=0;return r.forEach(e=>t+=e.length),t}function ao(r){return typeof r=="string"||r instanceof String}function wm(r){return typeof r=="boolean"}function Sm(r){return typeof r=="number"}function or(r){return Array.isArray(r)?or(r[0]):r instanceof Float32Array?"float32":r instanceof Int32Array||r instanceof Uint8Array||r instanceof Uint8ClampedArray?"int32":Sm(r)?"float32":ao(r)?"string":wm(r)?"bool":"float32"}function po(r){return!!(r&&r.constructor&&r.call&&r.apply)}function uo(r,t){for(let e=t;e<r;++e)if(r%e===0)return e;return r}function $e(r){let t=r.length;if(t<2)return[];let e=new Array(t-1);e[t-2]=r[t-1];for(let o=t-3;o>=0;--o)e[o]=e[o+1]*r[o+1];return e}function Cm(r,t,e,o=!1){let n=new Array;if(t.length===1){let s=t[0]*(o?2:1);for(let i=0;i<s;i++)n[i]=e[r+i]}else{let s=t[0],i=t.slice(1),a=i.reduce((p,u)=>p*u)*(o?2:1);for(let p=0;p<s;p++)n[p]=Cm(r+p*a,i,e,o)}return n}function Dr(r,t,e=!1){if(r.length===0)return t[0];let o=r.reduce((n,s)=>n*s)*(e?2:1);if(o===0)return[];if(o!==t.length)throw new Error(`[${r}] does not match the input size ${t.length}${e?" for a complex tensor":""}.`);return Cm(0,r,t,e)}function VC(r,t){if(Array.isArray(r))return r;if(t==="float32")return r instanceof Float32Array?r:new Float32Array(r);if(t==="int32")return r instanceof Int32Array?r:new Int32Array(r);if(t==="bool"||t==="string")return Uint8Array.from(new Int32Array(r));throw new Error(`Unknown dtype ${t}`)}function ys(r,t){let e=lo(r,t);for(let o=0;o<e.length;o++)e[o]=1;return e}function lo(r,t){if(t==null||t==="float32"||t==="complex64")return new Float32Array(r);if(t==="int32")return new Int32Array(r);if(t==="bool")return new Uint8Array(r);throw new Error(`Unknown data type ${t}`)}function HC(r,t){let e=r.reduce((o,n)=>o*n,1);if(t==null||t==="float32")return Dr(r,new Float32Array(e));if(t==="int32")return Dr(r,new Int32Array(e));if(t==="bool")return Dr(r,new Uint8Array(e));throw new Error(`Unknown data type ${t}`)}function zt(r){r.forEach(t=>{C(Number.isInteger(t)&&t>=0,()=>`Tensor must have a shape comprised of positive integers but got shape [${r}].`)})}function qC(r,t,e){if(t===0)return 0;if(t===1)return r[0];let o=r[r.length-1];for(let n=0;n<r.length-1;++n)o+=e[n]*r[n];return o}function KC(r,t,e){if(t===0)return[];if(t===1)return[r];let o=new Array(t);for(let n=0;n<o.length-1;++n)o[n]=Math.floor(r/e[n]),r-=o[n]*e[n];return o[o.length-1]=r,o}function $r(r){return r&&r.then&&typeof r.then=="function"}var vm="tfjsflags",bs=class{constructor(t){this.global=t,this.flags={},this.flagRegistry={},this.urlFlags={},this.getQueryParams=jC,this.populateURLFlags()}setPlatform(t,e){this.platform!=null&&(W().getBool("IS_TEST")||W().getBool("PROD")||console.warn(`Platform ${this.platformName} has already been set. Overwriting the platform with ${t}.`)),this.platformName=t,this.platform=e}registerFlag(t,e,o){if(this.flagRegistry[t]={evaluationFn:e,setHook:o},this.urlFlags[t]!=null){let n=this.urlFlags[t];W().getBool("IS_TEST")||W().getBool("PROD")||console.warn(`Setting feature override from URL ${t}: ${n}.`),this.set(t,n)}}async getAsync(t){return t in this.flags?this.flags[t]:(this.flags[t]=await this.evaluateFlag(t),this.flags[t])}get(t){if(t in this.flags)return this.flags[t];let e=this.evaluateFlag(t);if($r(e))throw new Error(`Flag ${t} cannot be synchronously evaluated. Please use getAsync() instead.`);return this.flags[t]=e,this.flags[t]}getNumber(t){return this.get(t)}getBool(t){return this.get(t)}getString(t){return this.get(t)}getFlags(){return this.flags}get features(){return this.flags}set(t,e){if(this.flagRegistry[t]==null)throw new Error(`Cannot set flag ${t} as it has not been registered.`);this.flags[t]=e,this.flagRegistry[t].setHook!=null&&this.flagRegistry[t].setHook(e)}evaluateFlag(t){if(this.flagRegistry[t]==null)throw new Error(`Cannot evaluate flag '${t}': no evaluation function found.`);return this.flagRegistry[t].evaluationFn()}setFlags(t){this.flags=Object.assign({},t)}reset(){this.flags={},this.urlFlags={},this.populateURLFlags()}populateURLFlags(){if(typeof this.global>"u"||typeof this.global.location>"u"||typeof this.global.location.search>"u")return;let t=this.getQueryParams(this.global.location.search);vm in t&&t[vm].split(",").forEach(o=>{let[n,s]=o.split(":");this.urlFlags[n]=ZC(n,s)})}};function jC(r){let t={};return r.replace(/[?&]([^=?&]+)(?:=([^&]*))?/g,(e,...o)=>(YC(t,o[0],o[1]),o.join("="))),t}function YC(r,t,e){r[decodeURIComponent(t)]=decodeURIComponent(e||"")}function ZC(r,t){let e=t.toLowerCase();return e==="true"||e==="false"?e==="true":`${+e}`===e?+e:t}function W(){return Lu}var Lu=null;function Im(r){Lu=r}var Ou;function Uu(){if(Ou==null){let r;if(typeof window<"u")r=window;else if(typeof global<"u")r=global;else if(typeof process<"u")r=process;else if(typeof self<"u")r=self;else throw new Error("Could not find a global object");Ou=r}return Ou}function QC(){let r=Uu();return r._tfGlobals==null&&(r._tfGlobals=new Map),r._tfGlobals}function ws(r,t){let e=QC();if(e.has(r))return e.get(r);{let o=t();return e.set(r,o),e.get(r)}}var co="Acos",mo="Acosh";var hi="AddN";var fo="ArgMax",ho="ArgMin",go="Asin",xo="Asinh",yo="Atan",bo="Atanh",wo="Atan2",So="AvgPool",gi="AvgPoolGrad",xi="AvgPool3D",yi="AvgPool3DGrad",Co="BatchMatMul",vo="BatchToSpaceND",bi="Bincount",km="BitwiseAnd",Tm="BroadcastTo",Nm="BroadcastArgs",We="Cast",nr="Ceil",Io="ClipByValue",Ss="Complex",ko="ComplexAbs",To="Concat",No="Conv2D",wi="Conv2DBackpropFilter",Do="Conv2DBackpropInput",Si="Conv3D",Ci="Conv3DBackpropFilterV2",vi="Conv3DBackpropInputV2";var Eo="Cosh",Ii="Cumprod",$o="Cumsum",ki="CropAndResize",Dm="DenseBincount",Ti="DepthToSpace",Ro="DepthwiseConv2dNative",Ni="DepthwiseConv2dNativeBackpropFilter",Di="DepthwiseConv2dNativeBackpropInput",Em="Diag",Ao="Dilation2D",Ei="Dilation2DBackpropInput",$i="Dilation2DBackpropFilter",$m="Draw",Fo="RealDiv",Ri="Einsum";var Ai="EluGrad";var Po="Equal";var Mo="ExpandDims",sr="Expm1";var Fi="Fill",Pi="FlipLeftRight",ir="Floor",ar="FloorDiv",_o="FusedBatchNorm",Go="GatherV2",Rm="GatherNd",Bo="Greater",pr="GreaterEqual",Ve="Identity",Mi="IFFT",_i="Imag",zo="IsFinite",Lo="IsInf",Oo="IsNan",Uo="LeakyRelu",Wo="Less",Vo="LessEqual",Am="LinSpace";var Ho="Log1p",Gi="LogicalAnd",Bi="LogicalNot",zi="LogicalOr";var Fm="LogSoftmax";var Li="LRNGrad";var ur="Maximum",qo="MaxPool",Oi="MaxPoolGrad",Ui="MaxPool3D",Wi="MaxPool3DGrad",Pm="MaxPoolWithArgmax",Ko="Mean";var lr="Minimum",Xo="MirrorPad";var Mm="Multinomial",cr="Multiply";var jo="NotEqual",Vi="NonMaxSuppressionV3",_m="NonMaxSuppressionV4",Hi="NonMaxSuppressionV5",Yo="OnesLike",Zo="OneHot",Qo="Pack",Jo="PadV2";var tn="Prelu",Rr="Prod";var qi="Range",Cs="Real",en="Reciprocal",rn="Relu",on="Reshape",nn="ResizeNearestNeighbor",Ki="ResizeNearestNeighborGrad",sn="ResizeBilinear",Xi="ResizeBilinearGrad",an="Relu6",pn="Reverse",un="Round",mr="Rsqrt",Gm="ScatterNd",Bm="TensorScatterUpdate",zm="SearchSorted",ln="Select",cn="Selu",Ar="Slice";var mn="Sinh",fn="Sign",fr="Sigmoid",dn="Softplus",dr="Sqrt";var hn="SpaceToBatchND",gn="SplitV",xn="Softmax";var Lm="SparseSegmentMean",Om="SparseSegmentSum",Um="SparseToDense",hr="SquaredDifference",ji="Square",Wm="StaticRegexReplace",Yi="StridedSlice",Vm="StringNGrams";var yn="Tanh",gr="Tile",Zi="TopK",Qi="Transform",xr="Transpose",Hm="Unique",bn="Unpack",wn="UnsortedSegmentSum";var Sn="ZerosLike",Cn="Step",qm="FromPixels",Ji="RotateWithOffset",vs="_FusedMatMul",Is="FusedConv2D",ks="FusedDepthwiseConv2D";function Re(...r){W().getBool("IS_TEST")||W().getBool("PROD")||console.warn(...r)}function JC(...r){W().getBool("IS_TEST")||W().getBool("PROD")||console.log(...r)}var ta=ws("kernelRegistry",()=>new Map),Wu=ws("gradRegistry",()=>new Map);function Vu(r,t){let e=Ym(r,t);return ta.get(e)}function Hu(r){return Wu.get(r)}function qu(r){let t=ta.entries(),e=[];for(;;){let{done:o,value:n}=t.next();if(o)break;let[s,i]=n,[a]=s.split("_");a===r&&e.push(i)}return e}function Xm(r){let{kernelName:t,backendName:e}=r,o=Ym(t,e);ta.has(o)&&Re(`The kernel '${t}' for backend '${e}' is already registered`),ta.set(o,r)}function jm(r){let{kernelName:t}=r;Wu.has(t)&&W().getBool("DEBUG")&&Re(`Overriding the gradient for '${t}'`),Wu.set(t,r)}function Ym(r,t){return`${t}_${r}`}var b={};rr(b,{arraysEqual:()=>so,arraysEqualWithNull:()=>_C,assert:()=>C,assertNonNegativeIntegerDimensions:()=>zt,assertNonNull:()=>Mu,assertShapesMatch:()=>fi,bytesFromStringArray:()=>zu,bytesPerElement:()=>io,checkConversionForErrors:()=>Gu,clamp:()=>no,computeStrides:()=>$e,convertBackendValuesAndArrayBuffer:()=>VC,createScalarValue:()=>i0,createShuffledIndices:()=>zC,decodeString:()=>Nn,distSquared:()=>PC,encodeString:()=>Tn,fetch:()=>p0,fingerPrint64:()=>s0,flatten:()=>br,getArrayFromDType:()=>di,getTypedArrayFromDType:()=>UC,hasEncodingLoss:()=>WC,hexToLong:()=>Ts,indexToLoc:()=>KC,inferDtype:()=>or,inferFromImplicitShape:()=>OC,isBoolean:()=>wm,isFunction:()=>po,isInt:()=>Ue,isNumber:()=>Sm,isPromise:()=>$r,isScalarShape:()=>MC,isString:()=>ao,isTypedArray:()=>Ft,isValidDtype:()=>Bu,locToIndex:()=>qC,makeOnesTypedArray:()=>ys,makeZerosNestedTypedArray:()=>HC,makeZerosTypedArray:()=>lo,nearestDivisor:()=>uo,nearestLargerEven:()=>RC,now:()=>Gr,parseAxisParam:()=>kt,randUniform:()=>FC,repeatedTry:()=>LC,rightPad:()=>Er,shuffle:()=>bm,shuffleCombo:()=>$C,sizeFromShape:()=>mt,sizeToSquarishShape:()=>BC,squeezeShape:()=>_u,sum:()=>AC,swap:()=>mi,tanh:()=>GC,toNestedArray:()=>Dr,toTypedArray:()=>kn});function ea(r){return r instanceof Float32Array||r instanceof Int32Array||r instanceof Uint8Array||r instanceof Uint8ClampedArray}var Yu=ym(pf());var _r=Yu.default||Yu;function Ts(r){return _r.fromString(r,!0,16)}var lf=Ts("c3a5c85c97cb3127"),Mr=Ts("b492b66fbe98f273"),Gt=Ts("9ae16a3b2f90404f");function ju(r){return r.xor(r.shru(47))}function cf(r,t,e){let o=r.slice(t,t+e);return _r.fromBytes(Array.from(o),!0,!0)}function yt(r,t){return cf(r,t,8)}function uf(r,t){return cf(r,t,4)}function Rt(r,t){return t===0?r:r.shru(t).or(r.shl(64-t))}function yr(r,t,e=Ts("9ddfea08eb382d69")){let o=r.xor(t).mul(e);o=o.xor(o.shru(47));let n=t.xor(o).mul(e);return n=n.xor(n.shru(47)),n=n.mul(e),n}function e0(r,t,e,o,n,s){n=n.add(r),s=Rt(s.add(n).add(o),21);let i=n;return n=n.add(t),n=n.add(e),s=s.add(Rt(n,44)),[n.add(o),s.add(i)]}function oa(r,t,e,o){return e0(yt(r,t),yt(r,t+8),yt(r,t+16),yt(r,t+24),e,o)}function r0(r,t=r.length){if(t>=8){let e=Gt.add(t*2),o=yt(r,0).add(Gt),n=yt(r,t-8),s=Rt(n,37).mul(e).add(o),i=Rt(o,25).add(n).mul(e);return yr(s,i,e)}if(t>=4){let e=Gt.add(t*2),o=uf(r,0);return yr(o.shl(3).add(t),uf(r,t-4),e)}if(t>0){let e=r[0],o=r[t>>1],n=r[t-1],s=e+(o<<8),i=t+(n<<2);return ju(Gt.mul(s).xor(lf.mul(i))).mul(Gt)}return Gt}function o0(r,t=r.length){let e=Gt.add(t*2),o=yt(r,0).mul(Mr),n=yt(r,8),s=yt(r,t-8).mul(e),i=yt(r,t-16).mul(Gt);return yr(Rt(o.add(n),43).add(Rt(s,30)).add(i),o.add(Rt(n.add(Gt),18)).add(s),e)}function n0(r,t=r.length){let e=Gt.add(t*2),o=yt(r,0).mul(Gt),n=yt(r,8),s=yt(r,t-8).mul(e),i=yt(r,t-16).mul(Gt),a=Rt(o.add(n),43).add(Rt(s,30)).add(i),p=yr(a,o.add(Rt(n.add(Gt),18)).add(s),e),u=yt(r,16).mul(e),c=yt(r,24),l=a.add(yt(r,t-32)).mul(e),m=p.add(yt(r,t-24)).mul(e);return yr(Rt(u.add(c),43).add(Rt(l,30)).add(m),u.add(Rt(c.add(o),18)).add(l),e)}function s0(r,t=r.length){let e=_r.fromNumber(81,!0);if(t<=32)return t<=16?r0(r,t):o0(r,t);if(t<=64)return n0(r,t);let o=e,n=e.mul(Mr).add(113),s=ju(n.mul(Gt).add(113)).mul(Gt),i=[_r.UZERO,_r.UZERO],a=[_r.UZERO,_r.UZERO];o=o.mul(Gt).add(yt(r,0));let p=0,u=(t-1>>6)*64,c=u+(t-1&63)-63;do o=Rt(o.add(n).add(i[0]).add(yt(r,p+8)),37).mul(Mr),n=Rt(n.add(i[1]).add(yt(r,p+48)),42).mul(Mr),o=o.xor(a[1]),n=n.add(i[0]).add(yt(r,p+40)),s=Rt(s.add(a[0]),33).mul(Mr),i=oa(r,p,i[1].mul(Mr),o.add(a[0])),a=oa(r,p+32,s.add(a[1]),n.add(yt(r,p+16))),[s,o]=[o,s],p+=64;while(p!==u);let l=Mr.add(s.and(255).shl(1));return p=c,a[0]=a[0].add(t-1&63),i[0]=i[0].add(a[0]),a[0]=a[0].add(i[0]),o=Rt(o.add(n).add(i[0]).add(yt(r,p+8)),37).mul(l),n=Rt(n.add(i[1]).add(yt(r,p+48)),42).mul(l),o=o.xor(a[1].mul(9)),n=n.add(i[0].mul(9).add(yt(r,p+40))),s=Rt(s.add(a[0]),33).mul(l),i=oa(r,p,i[1].mul(l),o.add(a[0])),a=oa(r,p+32,s.add(a[1]),n.add(yt(r,p+16))),[s,o]=[o,s],yr(yr(i[0],a[0],l).add(ju(n).mul(lf)).add(s),yr(i[1],a[1],l).add(o),l)}function i0(r,t){return t==="string"?Tn(r):kn([r],t)}function a0(r,t){return r instanceof Float32Array&&t==="float32"||r instanceof Int32Array&&t==="int32"||r instanceof Uint8Array&&t==="bool"}function kn(r,t){if(t==="string")throw new Error("Cannot convert a string[] to a TypedArray");if(Array.isArray(r)&&(r=br(r)),W().getBool("DEBUG")&&Gu(r,t),a0(r,t))return r;if(t==null||t==="float32"||t==="complex64")return new Float32Array(r);if(t==="int32")return new Int32Array(r);if(t==="bool"){let e=new Uint8Array(r.length);for(let o=0;o<e.length;++o)Math.round(r[o])!==0&&(e[o]=1);return e}else throw new Error(`Unknown data type ${t}`)}function Gr(){return W().platform.now()}function p0(r,t){return W().platform.fetch(r,t)}function Tn(r,t="utf-8"){return t=t||"utf-8",W().platform.encode(r,t)}function Nn(r,t="utf-8"){return t=t||"utf-8",W().platform.decode(r,t)}function Ft(r){return W().platform.isTypedArray!=null?W().platform.isTypedArray(r):ea(r)}function br(r,t=[],e=!1){if(t==null&&(t=[]),typeof r=="boolean"||typeof r=="number"||typeof r=="string"||$r(r)||r==null||Ft(r)&&e)t.push(r);else if(Array.isArray(r)||Ft(r))for(let o=0;o<r.length;++o)br(r[o],t,e);else{let o=-1;for(let n of Object.keys(r))/^([1-9]+[0-9]*|0)$/.test(n)&&(o=Math.max(o,Number(n)));for(let n=0;n<=o;n++)br(r[n],t,e)}return t}var na=class{constructor(t,e){this.backendTimer=t,this.logger=e,e==null&&(this.logger=new Zu)}profileKernel(t,e,o){let n,s=()=>{n=o()},i,a=Gr();if(this.backendTimer.timerAvailable())i=this.backendTimer.time(s);else{s();for(let u of n)u.dataSync();i=Promise.resolve({kernelMs:Gr()-a})}if(W().getBool("CHECK_COMPUTATION_FOR_ERRORS"))for(let u=0;u<n.length;u++){let c=n[u];c.data().then(l=>{u0(l,c.dtype,t)})}return{kernelName:t,outputs:n,inputs:e,timeMs:i.then(u=>u.kernelMs),extraInfo:i.then(u=>u.getExtraProfileInfo!=null?u.getExtraProfileInfo():"")}}logKernelProfile(t){let{kernelName:e,outputs:o,timeMs:n,inputs:s,extraInfo:i}=t;o.forEach(a=>{Promise.all([a.data(),n,i]).then(p=>{this.logger.logKernelProfile(e,a,p[0],p[1],s,p[2])})})}};function u0(r,t,e){if(t!=="float32")return!1;for(let o=0;o<r.length;o++){let n=r[o];if(isNaN(n)||!isFinite(n))return console.warn(`Found ${n} in the result of '${e}'`),!0}return!1}var Zu=class{logKernelProfile(t,e,o,n,s,i){let a=typeof n=="number"?Er(`${n}ms`,9):n.error,p=Er(t,25),u=e.rank,c=e.size,l=Er(e.shape.toString(),14),m="";for(let f in s){let d=s[f];if(d!=null){let g=d.shape||e.shape,h=g.length;m+=`${f}: ${h}D ${h>0?g:""} `}}console.log(`%c${p}	%c${a}	%c${u}D ${l}	%c${c}	%c${m}	%c${i}`,"font-weight:bold","color:red","color:blue","color: orange","color: green","color: steelblue")}};function mf(r,t,e){let o={},n={};for(let p=0;p<t.length;p++)o[t[p].id]=!0;for(let p=0;p<r.length;p++){let u=r[p],c=u.inputs;for(let l in c){let m=c[l],f=!1;for(let d=0;d<t.length;d++)if(o[m.id]){u.outputs.forEach(g=>o[g.id]=!0),f=!0,n[u.id]=!0;break}if(f)break}}let s={};s[e.id]=!0;let i={};for(let p=r.length-1;p>=0;p--){let u=r[p],c=u.inputs;for(let l=0;l<u.outputs.length;l++)if(s[u.outputs[l].id]){for(let m in c)s[c[m].id]=!0,i[u.id]=!0;break}}let a=[];for(let p=0;p<r.length;p++){let u=r[p];if(n[u.id]&&i[u.id]){let c={};for(let m in u.inputs){let f=u.inputs[m];o[f.id]&&(c[m]=f)}let l=Object.assign({},u);l.inputs=c,l.outputs=u.outputs,a.push(l)}}return a}function ff(r,t,e,o){for(let n=t.length-1;n>=0;n--){let s=t[n],i=[];if(s.outputs.forEach(p=>{let u=r[p.id];u!=null?i.push(u):i.push(null)}),s.gradient==null)throw new Error(`Cannot compute gradient: gradient function not found for ${s.kernelName}.`);let a=s.gradient(i);for(let p in s.inputs){if(!(p in a))throw new Error(`Cannot backprop through input ${p}. Available gradients found: ${Object.keys(a)}.`);let u=e(()=>a[p]());if(u.dtype!=="float32")throw new Error(`Error in gradient for op ${s.kernelName}. The gradient of input ${p} must have 'float32' dtype, but has '${u.dtype}'`);let c=s.inputs[p];if(!so(u.shape,c.shape))throw new Error(`Error in gradient for op ${s.kernelName}. The gradient of input '${p}' has shape '${u.shape}', which does not match the shape of the input '${c.shape}'`);if(r[c.id]==null)r[c.id]=u;else{let l=r[c.id];r[c.id]=o(l,u),l.dispose()}}}}var df=20,Ns=3,Qu=7;function hf(r,t,e,o){let n=$e(t),s=l0(r,t,e,n),i=t.length,a=sa(r,t,e,n,s),p=["Tensor"];return o&&(p.push(`  dtype: ${e}`),p.push(`  rank: ${i}`),p.push(`  shape: [${t}]`),p.push("  values:")),p.push(a.map(u=>"    "+u).join(`
`)),p.join(`
`)}function l0(r,t,e,o){let n=mt(t),s=o[o.length-1],i=new Array(s).fill(0),a=t.length,p=e==="complex64"?Es(r):r;if(a>1)for(let u=0;u<n/s;u++){let c=u*s;for(let l=0;l<s;l++)i[l]=Math.max(i[l],Ds(p[c+l],0,e).length)}return i}function Ds(r,t,e){let o;return Array.isArray(r)?o=`${parseFloat(r[0].toFixed(Qu))} + ${parseFloat(r[1].toFixed(Qu))}j`:ao(r)?o=`'${r}'`:e==="bool"?o=gf(r):o=parseFloat(r.toFixed(Qu)).toString(),Er(o,t)}function gf(r){return r===0?"false":"true"}function sa(r,t,e,o,n,s=!0){let i=e==="complex64"?2:1,a=t[0],p=t.length;if(p===0){if(e==="complex64"){let g=Es(r);return[Ds(g[0],0,e)]}return e==="bool"?[gf(r[0])]:[r[0].toString()]}if(p===1){if(a>df){let h=Ns*i,S=Array.from(r.slice(0,h)),T=Array.from(r.slice((a-Ns)*i,a*i));return e==="complex64"&&(S=Es(S),T=Es(T)),["["+S.map((k,v)=>Ds(k,n[v],e)).join(", ")+", ..., "+T.map((k,v)=>Ds(k,n[a-Ns+v],e)).join(", ")+"]"]}return["["+(e==="complex64"?Es(r):Array.from(r)).map((h,S)=>Ds(h,n[S],e)).join(", ")+"]"]}let u=t.slice(1),c=o.slice(1),l=o[0]*i,m=[];if(a>df){for(let g=0;g<Ns;g++){let h=g*l,S=h+l;m.push(...sa(r.slice(h,S),u,e,c,n,!1))}m.push("...");for(let g=a-Ns;g<a;g++){let h=g*l,S=h+l;m.push(...sa(r.slice(h,S),u,e,c,n,g===a-1))}}else for(let g=0;g<a;g++){let h=g*l,S=h+l;m.push(...sa(r.slice(h,S),u,e,c,n,g===a-1))}let f=p===2?",":"";m[0]="["+(a>0?m[0]+f:"");for(let g=1;g<m.length-1;g++)m[g]=" "+m[g]+f;let d=`,
`;for(let g=2;g<p;g++)d+=`
`;return m[m.length-1]=" "+m[m.length-1]+"]"+(s?"":d),m}function Es(r){let t=[];for(let e=0;e<r.length;e+=2)t.push([r[e],r[e+1]]);return t}var Ae=class{constructor(t,e,o){if(this.dtype=e,this.shape=t.slice(),this.size=mt(t),o!=null){let n=o.length;C(n===this.size,()=>`Length of values '${n}' does not match the size inferred by the shape '${this.size}'.`)}if(e==="complex64")throw new Error("complex64 dtype TensorBuffers are not supported. Please create a TensorBuffer for the real and imaginary parts separately and call tf.complex(real, imag).");this.values=o||di(e,this.size),this.strides=$e(t)}set(t,...e){e.length===0&&(e=[0]),C(e.length===this.rank,()=>`The number of provided coordinates (${e.length}) must match the rank (${this.rank})`);let o=this.locToIndex(e);this.values[o]=t}get(...t){t.length===0&&(t=[0]);let e=0;for(let n of t){if(n<0||n>=this.shape[e]){let s=`Requested out of range element at ${t}.   Buffer shape=${this.shape}`;throw new Error(s)}e++}let o=t[t.length-1];for(let n=0;n<t.length-1;++n)o+=this.strides[n]*t[n];return this.values[o]}locToIndex(t){if(this.rank===0)return 0;if(this.rank===1)return t[0];let e=t[t.length-1];for(let o=0;o<t.length-1;++o)e+=this.strides[o]*t[o];return e}indexToLoc(t){if(this.rank===0)return[];if(this.rank===1)return[t];let e=new Array(this.shape.length);for(let o=0;o<e.length-1;++o)e[o]=Math.floor(t/this.strides[o]),t-=e[o]*this.strides[o];return e[e.length-1]=t,e}get rank(){return this.shape.length}toTensor(){return Se().makeTensor(this.values,this.shape,this.dtype)}},Se=null,Dn=null,c0=null;function xf(r){Se=r}function yf(r){Dn=r}function bf(r){c0=r}var Nt=class{constructor(t,e,o,n){this.kept=!1,this.isDisposedInternal=!1,this.shape=t.slice(),this.dtype=e||"float32",this.size=mt(t),this.strides=$e(t),this.dataId=o,this.id=n,this.rankType=this.rank<5?this.rank.toString():"higher"}get rank(){return this.shape.length}async buffer(){let t=await this.data();return Dn.buffer(this.shape,this.dtype,t)}bufferSync(){return Dn.buffer(this.shape,this.dtype,this.dataSync())}async array(){let t=await this.data();return Dr(this.shape,t,this.dtype==="complex64")}arraySync(){return Dr(this.shape,this.dataSync(),this.dtype==="complex64")}async data(){this.throwIfDisposed();let t=Se().read(this.dataId);if(this.dtype==="string"){let e=await t;try{return e.map(o=>Nn(o))}catch{throw new Error("Failed to decode the string bytes into utf-8. To get the original bytes, call tensor.bytes().")}}return t}dataToGPU(t){return this.throwIfDisposed(),Se().readToGPU(this.dataId,t)}dataSync(){this.throwIfDisposed();let t=Se().readSync(this.dataId);if(this.dtype==="string")try{return t.map(e=>Nn(e))}catch{throw new Error("Failed to decode the string bytes into utf-8. To get the original bytes, call tensor.bytes().")}return t}async bytes(){this.throwIfDisposed();let t=await Se().read(this.dataId);return this.dtype==="string"?t:new Uint8Array(t.buffer)}dispose(){this.isDisposed||(this.kerasMask&&this.kerasMask.dispose(),Se().disposeTensor(this),this.isDisposedInternal=!0)}get isDisposed(){return this.isDisposedInternal}throwIfDisposed(){if(this.isDisposed)throw new Error("Tensor is disposed.")}print(t=!1){return Dn.print(this,t)}clone(){return this.throwIfDisposed(),Dn.clone(this)}toString(t=!1){let e=this.dataSync();return hf(e,this.shape,this.dtype,t)}cast(t){return this.throwIfDisposed(),Dn.cast(this,t)}variable(t=!0,e,o){return this.throwIfDisposed(),Se().makeVariable(this,t,e,o)}};Object.defineProperty(Nt,Symbol.hasInstance,{value:r=>!!r&&r.data!=null&&r.dataSync!=null&&r.throwIfDisposed!=null});function I(){return ws("Tensor",()=>Nt)}I();var He=class extends Nt{constructor(t,e,o,n){super(t.shape,t.dtype,t.dataId,n),this.trainable=e,this.name=o}assign(t){if(t.dtype!==this.dtype)throw new Error(`dtype of the new value (${t.dtype}) and previous value (${this.dtype}) must match`);if(!so(t.shape,this.shape))throw new Error(`shape of the new value (${t.shape}) and previous value (${this.shape}) must match`);Se().disposeTensor(this),this.dataId=t.dataId,Se().incRef(this,null)}dispose(){Se().disposeVariable(this),this.isDisposedInternal=!0}};Object.defineProperty(He,Symbol.hasInstance,{value:r=>r instanceof Nt&&r.assign!=null&&r.assign instanceof Function});var Ju;(function(r){r.R0="R0",r.R1="R1",r.R2="R2",r.R3="R3",r.R4="R4",r.R5="R5",r.R6="R6"})(Ju||(Ju={}));var tl;(function(r){r.float32="float32",r.int32="int32",r.bool="int32",r.complex64="complex64"})(tl||(tl={}));var el;(function(r){r.float32="float32",r.int32="int32",r.bool="bool",r.complex64="complex64"})(el||(el={}));var rl;(function(r){r.float32="float32",r.int32="float32",r.bool="float32",r.complex64="complex64"})(rl||(rl={}));var ol;(function(r){r.float32="complex64",r.int32="complex64",r.bool="complex64",r.complex64="complex64"})(ol||(ol={}));var m0={float32:rl,int32:tl,bool:el,complex64:ol};function Pt(r,t){if(r==="string"||t==="string"){if(r==="string"&&t==="string")return"string";throw new Error(`Can not upcast ${r} with ${t}`)}return m0[r][t]}function nl(r){return Pt(r,"int32")}function ia(r){return r!=null&&typeof r=="object"&&"texture"in r&&r.texture instanceof WebGLTexture}function aa(r){return typeof GPUBuffer<"u"&&r!=null&&typeof r=="object"&&"buffer"in r&&r.buffer instanceof GPUBuffer}function st(r,t){if(r.dtype===t.dtype)return[r,t];let e=Pt(r.dtype,t.dtype);return[r.cast(e),t.cast(e)]}function pa(r){let t=[];return wf(r,t,new Set),t}function wf(r,t,e){if(r==null)return;if(r instanceof Nt){t.push(r);return}if(!f0(r))return;let o=r;for(let n in o){let s=o[n];e.has(s)||(e.add(s),wf(s,t,e))}}function f0(r){return Array.isArray(r)||typeof r=="object"}function sl(r){return r.kernelName!=null}var ua=class{constructor(){this.registeredVariables={},this.nextTapeNodeId=0,this.numBytes=0,this.numTensors=0,this.numStringTensors=0,this.numDataBuffers=0,this.gradientDepth=0,this.kernelDepth=0,this.scopeStack=[],this.numDataMovesStack=[],this.nextScopeId=0,this.tensorInfo=new WeakMap,this.profiling=!1,this.activeProfile={newBytes:0,newTensors:0,peakBytes:0,kernels:[],result:null,get kernelNames(){return Array.from(new Set(this.kernels.map(t=>t.name)))}}}dispose(){for(let t in this.registeredVariables)this.registeredVariables[t].dispose()}},$s=class r{constructor(t){this.ENV=t,this.registry={},this.registryFactory={},this.pendingBackendInitId=0,this.state=new ua}async ready(){if(this.pendingBackendInit!=null)return this.pendingBackendInit.then(()=>{});if(this.backendInstance!=null)return;let t=this.getSortedBackends();for(let e=0;e<t.length;e++){let o=t[e];if(await this.initializeBackend(o).success){await this.setBackend(o);return}}throw new Error("Could not initialize any backends, all backend initializations failed.")}get backend(){if(this.pendingBackendInit!=null)throw new Error(`Backend '${this.backendName}' has not yet been initialized. Make sure to await tf.ready() or await tf.setBackend() before calling other methods`);if(this.backendInstance==null){let{name:t,asyncInit:e}=this.initializeBackendsAndReturnBest();if(e)throw new Error(`The highest priority backend '${t}' has not yet been initialized. Make sure to await tf.ready() or await tf.setBackend() before calling other methods`);this.setBackend(t)}return this.backendInstance}backendNames(){return Object.keys(this.registryFactory)}findBackend(t){if(!(t in this.registry))if(t in this.registryFactory){let{asyncInit:e}=this.initializeBackend(t);if(e)return null}else return null;return this.registry[t]}findBackendFactory(t){return t in this.registryFactory?this.registryFactory[t].factory:null}registerBackend(t,e,o=1){return t in this.registryFactory?(Re(`${t} backend was already registered. Reusing existing backend factory.`),!1):(this.registryFactory[t]={factory:e,priority:o},!0)}async setBackend(t){if(this.registryFactory[t]==null)throw new Error(`Backend name '${t}' not found in registry`);if(this.backendName=t,this.registry[t]==null){this.backendInstance=null;let{success:e,asyncInit:o}=this.initializeBackend(t);if(!(o?await e:e))return!1}return this.backendInstance=this.registry[t],this.setupRegisteredKernels(),this.profiler=new na(this.backendInstance),!0}setupRegisteredKernels(){qu(this.backendName).forEach(e=>{e.setupFunc!=null&&e.setupFunc(this.backendInstance)})}disposeRegisteredKernels(t){qu(t).forEach(o=>{o.disposeFunc!=null&&o.disposeFunc(this.registry[t])})}initializeBackend(t){let e=this.registryFactory[t];if(e==null)throw new Error(`Cannot initialize backend ${t}, no registration found.`);try{let o=e.factory();if(o&&!(o instanceof Nr)&&typeof o.then=="function"){let n=++this.pendingBackendInitId,s=o.then(i=>n<this.pendingBackendInitId?!1:(this.registry[t]=i,this.pendingBackendInit=null,!0)).catch(i=>(n<this.pendingBackendInitId||(this.pendingBackendInit=null,Re(`Initialization of backend ${t} failed`),Re(i.stack||i.message)),!1));return this.pendingBackendInit=s,{success:s,asyncInit:!0}}else return this.registry[t]=o,{success:!0,asyncInit:!1}}catch(o){return Re(`Initialization of backend ${t} failed`),Re(o.stack||o.message),{success:!1,asyncInit:!1}}}removeBackend(t){if(!(t in this.registryFactory))throw new Error(`${t} backend not found in registry`);this.backendName===t&&this.pendingBackendInit!=null&&this.pendingBackendInitId++,t in this.registry&&(this.disposeRegisteredKernels(t),this.registry[t].dispose(),delete this.registry[t]),delete this.registryFactory[t],this.backendName===t&&(this.pendingBackendInit=null,this.backendName=null,this.backendInstance=null)}getSortedBackends(){if(Object.keys(this.registryFactory).length===0)throw new Error("No backend found in registry.");return Object.keys(this.registryFactory).sort((t,e)=>this.registryFactory[e].priority-this.registryFactory[t].priority)}initializeBackendsAndReturnBest(){let t=this.getSortedBackends();for(let e=0;e<t.length;e++){let o=t[e],{success:n,asyncInit:s}=this.initializeBackend(o);if(s||n)return{name:o,asyncInit:s}}throw new Error("Could not initialize any backends, all backend initializations failed.")}moveData(t,e){let o=this.state.tensorInfo.get(e),n=o.backend,s=this.readSync(e),i=n.refCount(e);n.disposeData(e,!0),o.backend=t,t.move(e,s,o.shape,o.dtype,i),this.shouldCheckForMemLeaks()&&this.state.numDataMovesStack[this.state.numDataMovesStack.length-1]++}tidy(t,e){let o=null;if(e==null){if(typeof t!="function")throw new Error("Please provide a function to tidy()");e=t}else{if(typeof t!="string"&&!(t instanceof String))throw new Error("When calling with two arguments, the first argument to tidy() must be a string");if(typeof e!="function")throw new Error("When calling with two arguments, the 2nd argument to tidy() must be a function");o=t}let n;return this.scopedRun(()=>this.startScope(o),()=>this.endScope(n),()=>(n=e(),n instanceof Promise&&console.error("Cannot return a Promise inside of tidy."),n))}scopedRun(t,e,o){t();try{let n=o();return e(),n}catch(n){throw e(),n}}nextTensorId(){return r.nextTensorId++}nextVariableId(){return r.nextVariableId++}clone(t){let e=y.runKernel(Ve,{x:t}),o={x:t},n=i=>({x:()=>{let a="float32",p={x:i},u={dtype:a};return y.runKernel(We,p,u)}}),s=[];return this.addTapeNode(this.state.activeScope.name,o,[e],n,s,{}),e}runKernel(t,e,o){if(this.backendName==null&&this.backend,!(Vu(t,this.backendName)!=null))throw new Error(`Kernel '${t}' not registered for backend '${this.backendName}'`);return this.runKernelFunc({kernelName:t,inputs:e,attrs:o})}shouldCheckForMemLeaks(){return this.ENV.getBool("IS_TEST")}checkKernelForMemLeak(t,e,o){let n=this.backend.numDataIds(),s=0;o.forEach(p=>{s+=p.dtype==="complex64"?3:1});let i=this.state.numDataMovesStack[this.state.numDataMovesStack.length-1],a=n-e-s-i;if(a>0)throw new Error(`Backend '${this.backendName}' has an internal memory leak (${a} data ids) after running '${t}'`)}runKernelFunc(t){let e,o=[],n=this.isTapeOn(),s=this.state.numBytes,i=this.state.numTensors;this.shouldCheckForMemLeaks()&&this.state.numDataMovesStack.push(0);let a;this.backendName==null&&this.backend;let p,u=sl(t)?t.kernelName:this.state.activeScope!=null?this.state.activeScope.name:"";if(sl(t)){let{kernelName:d,inputs:g,attrs:h}=t;this.backendName==null&&this.backend;let S=Vu(d,this.backendName);C(S!=null,()=>`Cannot find registered kernel '${d}' for backend '${this.backendName}'`),a=()=>{let T=this.backend.numDataIds();p=S.kernelFunc({inputs:g,attrs:h,backend:this.backend});let k=Array.isArray(p)?p:[p];this.shouldCheckForMemLeaks()&&this.checkKernelForMemLeak(d,T,k);let v=k.map(N=>N.rank!=null?N:this.makeTensorFromTensorInfo(N));if(n){let N=this.getTensorsForGradient(d,g,v);o=this.saveTensorsForBackwardMode(N)}return v}}else{let{forwardFunc:d}=t,g=h=>{n&&(o=h.map(S=>this.keep(this.clone(S))))};a=()=>{let h=this.backend.numDataIds();p=this.tidy(()=>d(this.backend,g));let S=Array.isArray(p)?p:[p];return this.shouldCheckForMemLeaks()&&this.checkKernelForMemLeak(u,h,S),S}}let{inputs:c,attrs:l}=t,m=sl(t)?null:t.backwardsFunc,f;return this.scopedRun(()=>this.state.kernelDepth++,()=>this.state.kernelDepth--,()=>{!this.ENV.getBool("DEBUG")&&!this.state.profiling?e=a():(f=this.profiler.profileKernel(u,c,()=>a()),this.ENV.getBool("DEBUG")&&this.profiler.logKernelProfile(f),e=f.outputs)}),n&&this.addTapeNode(u,c,e,m,o,l),this.state.profiling&&this.state.activeProfile.kernels.push({name:u,bytesAdded:this.state.numBytes-s,totalBytesSnapshot:this.state.numBytes,tensorsAdded:this.state.numTensors-i,totalTensorsSnapshot:this.state.numTensors,inputShapes:Object.keys(c).map(d=>c[d]!=null?c[d].shape:null),outputShapes:e.map(d=>d.shape),kernelTimeMs:f.timeMs,extraInfo:f.extraInfo}),Array.isArray(p)?e:e[0]}saveTensorsForBackwardMode(t){return t.map(o=>this.keep(this.clone(o)))}getTensorsForGradient(t,e,o){let n=Hu(t);if(n!=null){let s=n.inputsToSave||[],i=n.outputsToSave||[],a;n.saveAllInputs?(C(Array.isArray(e),()=>"saveAllInputs is true, expected inputs to be an array."),a=Object.keys(e).map(u=>e[u])):a=s.map(u=>e[u]);let p=o.filter((u,c)=>i[c]);return a.concat(p)}return[]}makeTensor(t,e,o,n){if(t==null)throw new Error("Values passed to engine.makeTensor() are null");o=o||"float32",n=n||this.backend;let s=t;o==="string"&&ao(t[0])&&(s=t.map(p=>Tn(p)));let i=n.write(s,e,o),a=new Nt(e,o,i,this.nextTensorId());if(this.trackTensor(a,n),o==="string"){let p=this.state.tensorInfo.get(i),u=zu(s);this.state.numBytes+=u-p.bytes,p.bytes=u}return a}makeTensorFromDataId(t,e,o,n){o=o||"float32";let s={dataId:t,shape:e,dtype:o};return this.makeTensorFromTensorInfo(s,n)}makeTensorFromTensorInfo(t,e){let{dataId:o,shape:n,dtype:s}=t,i=new Nt(n,s,o,this.nextTensorId());return this.trackTensor(i,e),i}makeVariable(t,e=!0,o,n){o=o||this.nextVariableId().toString(),n!=null&&n!==t.dtype&&(t=t.cast(n));let s=new He(t,e,o,this.nextTensorId());if(this.state.registeredVariables[s.name]!=null)throw new Error(`Variable with name ${s.name} was already registered`);return this.state.registeredVariables[s.name]=s,this.incRef(s,this.backend),s}trackTensor(t,e){this.state.numTensors++,t.dtype==="string"&&this.state.numStringTensors++;let o=0;t.dtype!=="complex64"&&t.dtype!=="string"&&(o=t.size*io(t.dtype)),this.state.numBytes+=o,this.state.tensorInfo.has(t.dataId)||(this.state.numDataBuffers++,this.state.tensorInfo.set(t.dataId,{backend:e||this.backend,dtype:t.dtype,shape:t.shape,bytes:o})),t instanceof He||this.track(t)}incRef(t,e){this.trackTensor(t,e),this.backend.incRef(t.dataId)}removeDataId(t,e){this.state.tensorInfo.has(t)&&this.state.tensorInfo.get(t).backend===e&&(this.state.tensorInfo.delete(t),this.state.numDataBuffers--)}disposeTensor(t){if(!this.state.tensorInfo.has(t.dataId))return;let e=this.state.tensorInfo.get(t.dataId);if(this.state.numTensors--,t.dtype==="string"&&(this.state.numStringTensors--,this.state.numBytes-=e.bytes),t.dtype!=="complex64"&&t.dtype!=="string"){let o=t.size*io(t.dtype);this.state.numBytes-=o}e.backend.disposeData(t.dataId)&&this.removeDataId(t.dataId,e.backend)}disposeVariables(){for(let t in this.state.registeredVariables){let e=this.state.registeredVariables[t];this.disposeVariable(e)}}disposeVariable(t){this.disposeTensor(t),this.state.registeredVariables[t.name]!=null&&delete this.state.registeredVariables[t.name]}memory(){let t=this.backend.memory();return t.numTensors=this.state.numTensors,t.numDataBuffers=this.state.numDataBuffers,t.numBytes=this.state.numBytes,this.state.numStringTensors>0&&(t.unreliable=!0,t.reasons==null&&(t.reasons=[]),t.reasons.push("Memory usage by string tensors is approximate (2 bytes per character)")),t}async profile(t){this.state.profiling=!0;let e=this.state.numBytes,o=this.state.numTensors;this.state.activeProfile.kernels=[],this.state.activeProfile.result=await t(),this.state.profiling=!1,this.state.activeProfile.peakBytes=Math.max(...this.state.activeProfile.kernels.map(n=>n.totalBytesSnapshot)),this.state.activeProfile.newBytes=this.state.numBytes-e,this.state.activeProfile.newTensors=this.state.numTensors-o;for(let n of this.state.activeProfile.kernels)n.kernelTimeMs=await n.kernelTimeMs,n.extraInfo=await n.extraInfo;return this.state.activeProfile}isTapeOn(){return this.state.gradientDepth>0&&this.state.kernelDepth===0}addTapeNode(t,e,o,n,s,i){let a={id:this.state.nextTapeNodeId++,kernelName:t,inputs:e,outputs:o,saved:s},p=Hu(t);p!=null&&(n=p.gradFunc),n!=null&&(a.gradient=u=>(u=u.map((c,l)=>{if(c==null){let m=o[l],f=lo(m.size,m.dtype);return this.makeTensor(f,m.shape,m.dtype)}return c}),n(u.length>1?u:u[0],s,i))),this.state.activeTape.push(a)}keep(t){return t.kept=!0,t}startTape(){this.state.gradientDepth===0&&(this.state.activeTape=[]),this.state.gradientDepth++}endTape(){this.state.gradientDepth--}startScope(t){let e={track:[],name:"unnamed scope",id:this.state.nextScopeId++};t&&(e.name=t),this.state.scopeStack.push(e),this.state.activeScope=e}endScope(t){let e=pa(t),o=new Set(e.map(s=>s.id));for(let s=0;s<this.state.activeScope.track.length;s++){let i=this.state.activeScope.track[s];!i.kept&&!o.has(i.id)&&i.dispose()}let n=this.state.scopeStack.pop();this.state.activeScope=this.state.scopeStack.length===0?null:this.state.scopeStack[this.state.scopeStack.length-1],e.forEach(s=>{!s.kept&&s.scopeId===n.id&&this.track(s)})}gradients(t,e,o,n=!1){if(C(e.length>0,()=>"gradients() received an empty list of xs."),o!=null&&o.dtype!=="float32")throw new Error(`dy must have 'float32' dtype, but has '${o.dtype}'`);let s=this.scopedRun(()=>this.startTape(),()=>this.endTape(),()=>this.tidy("forward",t));C(s instanceof Nt,()=>"The result y returned by f() must be a tensor.");let i=mf(this.state.activeTape,e,s);if(!n&&i.length===0&&e.length>0)throw new Error("Cannot compute gradient of y=f(x) with respect to x. Make sure that the f you passed encloses all operations that lead from x to y.");return this.tidy("backward",()=>{let a={};a[s.id]=o??d0(s.shape),ff(a,i,u=>this.tidy(u),h0);let p=e.map(u=>a[u.id]);return this.state.gradientDepth===0&&(this.state.activeTape.forEach(u=>{for(let c of u.saved)c.dispose()}),this.state.activeTape=null),{value:s,grads:p}})}customGrad(t){return C(po(t),()=>"The f passed in customGrad(f) must be a function."),(...e)=>{C(e.every(a=>a instanceof Nt),()=>"The args passed in customGrad(f)(x1, x2,...) must all be tensors");let o,n={};e.forEach((a,p)=>{n[p]=a});let s=(a,p)=>(o=t(...e,p),C(o.value instanceof Nt,()=>"The function f passed in customGrad(f) must return an object where `obj.value` is a tensor"),C(po(o.gradFunc),()=>"The function f passed in customGrad(f) must return an object where `obj.gradFunc` is a function."),o.value),i=(a,p)=>{let u=o.gradFunc(a,p),c=Array.isArray(u)?u:[u];C(c.length===e.length,()=>"The function f passed in customGrad(f) must return an object where `obj.gradFunc` is a function that returns the same number of tensors as inputs passed to f(...)."),C(c.every(m=>m instanceof Nt),()=>"The function f passed in customGrad(f) must return an object where `obj.gradFunc` is a function that returns a list of only tensors.");let l={};return c.forEach((m,f)=>{l[f]=()=>m}),l};return this.runKernelFunc({forwardFunc:s,backwardsFunc:i,inputs:n})}}readSync(t){return this.state.tensorInfo.get(t).backend.readSync(t)}read(t){return this.state.tensorInfo.get(t).backend.read(t)}readToGPU(t,e){return this.state.tensorInfo.get(t).backend.readToGPU(t,e)}async time(t){let e=Gr(),o=await this.backend.time(t);return o.wallMs=Gr()-e,o}track(t){return this.state.activeScope!=null&&(t.scopeId=this.state.activeScope.id,this.state.activeScope.track.push(t)),t}get registeredVariables(){return this.state.registeredVariables}reset(){this.pendingBackendInitId++,this.state.dispose(),this.ENV.reset(),this.state=new ua;for(let t in this.registry)this.disposeRegisteredKernels(t),this.registry[t].dispose(),delete this.registry[t];this.backendName=null,this.backendInstance=null,this.pendingBackendInit=null}};$s.nextTensorId=0;$s.nextVariableId=0;function d0(r){let t=ys(mt(r),"float32");return y.makeTensor(t,r,"float32")}function il(){let r=Uu();if(r._tfengine==null){let t=new bs(r);r._tfengine=new $s(t)}return Im(r._tfengine.ENV),xf(()=>r._tfengine),r._tfengine}var y=il();function h0(r,t){let e={a:r,b:t};return y.runKernel("Add",e)}function Sf(){return typeof window<"u"&&window.document!=null||typeof WorkerGlobalScope<"u"}var Lt=W();Lt.registerFlag("DEBUG",()=>!1,r=>{r&&console.warn("Debugging mode is ON. The output of every math call will be downloaded to CPU and checked for NaNs. This significantly impacts performance.")});Lt.registerFlag("IS_BROWSER",()=>Sf());Lt.registerFlag("IS_NODE",()=>typeof process<"u"&&typeof process.versions<"u"&&typeof process.versions.node<"u");Lt.registerFlag("IS_CHROME",()=>typeof navigator<"u"&&navigator!=null&&navigator.userAgent!=null&&/Chrome/.test(navigator.userAgent)&&/Google Inc/.test(navigator.vendor));Lt.registerFlag("IS_SAFARI",()=>typeof navigator<"u"&&navigator!=null&&navigator.userAgent!=null&&/Safari/.test(navigator.userAgent)&&/Apple/.test(navigator.vendor));Lt.registerFlag("PROD",()=>!1);Lt.registerFlag("TENSORLIKE_CHECK_SHAPE_CONSISTENCY",()=>Lt.getBool("DEBUG"));Lt.registerFlag("DEPRECATION_WARNINGS_ENABLED",()=>!0);Lt.registerFlag("IS_TEST",()=>!1);Lt.registerFlag("CHECK_COMPUTATION_FOR_ERRORS",()=>Lt.getBool("DEBUG"));Lt.registerFlag("WRAP_TO_IMAGEBITMAP",()=>!1);Lt.registerFlag("CANVAS2D_WILL_READ_FREQUENTLY_FOR_GPU",()=>!1);Lt.registerFlag("USE_SETTIMEOUTCUSTOM",()=>!1);function Rs(r,t){let e=r;if(Ft(r))return t==="string"?[]:[r.length];if(ia(r)){let n=r.channels||"RGBA";return[r.height,r.width*n.length]}else if(aa(r))return[r.buffer.size/(t==null?4:io(t))];if(!Array.isArray(r))return[];let o=[];for(;Array.isArray(e)||Ft(e)&&t!=="string";)o.push(e.length),e=e[0];return Array.isArray(r)&&W().getBool("TENSORLIKE_CHECK_SHAPE_CONSISTENCY")&&vf(r,o,[]),o}function vf(r,t,e){if(e=e||[],!Array.isArray(r)&&!Ft(r)){C(t.length===0,()=>`Element arr[${e.join("][")}] is a primitive, but should be an array/TypedArray of ${t[0]} elements`);return}C(t.length>0,()=>`Element arr[${e.join("][")}] should be a primitive, but is an array of ${r.length} elements`),C(r.length===t[0],()=>`Element arr[${e.join("][")}] should have ${t[0]} elements, but has ${r.length} elements`);let o=t.slice(1);for(let n=0;n<r.length;++n)vf(r[n],o,e.concat(n))}function Cf(r,t,e,o){if(r!=="string_or_numeric"){if(r==null)throw new Error("Expected dtype cannot be null.");if(r!=="numeric"&&r!==t||r==="numeric"&&t==="string")throw new Error(`Argument '${e}' passed to '${o}' must be ${r} tensor, but got ${t} tensor`)}}function x(r,t,e,o="numeric"){if(r instanceof I())return Cf(o,r.dtype,t,e),r;let n=or(r);if(n!=="string"&&["bool","int32","float32"].indexOf(o)>=0&&(n=o),Cf(o,n,t,e),r==null||!Ft(r)&&!Array.isArray(r)&&typeof r!="number"&&typeof r!="boolean"&&typeof r!="string"){let p=r==null?"null":r.constructor.name;throw new Error(`Argument '${t}' passed to '${e}' must be a Tensor or TensorLike, but got '${p}'`)}let s=Rs(r,n);!Ft(r)&&!Array.isArray(r)&&(r=[r]);let a=n!=="string"?kn(r,n):br(r,[],!0);return y.makeTensor(a,s,n)}function la(r,t,e,o="numeric"){if(!Array.isArray(r))throw new Error(`Argument ${t} passed to ${e} must be a \`Tensor[]\` or \`TensorLike[]\``);return r.map((s,i)=>x(s,`${t}[${i}]`,e,o))}var x0="__op";function w(r){let t=Object.keys(r);if(t.length!==1)throw new Error(`Please provide an object with a single key (operation name) mapping to a function. Got an object with ${t.length} keys.`);let e=t[0],o=r[e];e.endsWith("_")&&(e=e.substring(0,e.length-1)),e=e+x0;let n=(...s)=>{y.startScope(e);try{let i=o(...s);return $r(i)&&console.error("Cannot return a Promise inside of tidy."),y.endScope(i),i}catch(i){throw y.endScope(null),i}};return Object.defineProperty(n,"name",{value:e,configurable:!0}),n}function y0(r,t){let e=x(r,"real","complex"),o=x(t,"imag","complex");fi(e.shape,o.shape,`real and imag shapes, ${e.shape} and ${o.shape}, must match in call to tf.complex().`);let n={real:e,imag:o};return y.runKernel(Ss,n)}var Ce=w({complex_:y0});function En(r,t,e,o){if(o==null)o=or(r);else if(o==="complex64")throw new Error("Cannot construct a complex64 tensor directly. Please use tf.complex(real, imag).");if(aa(r)||ia(r)){if(o!=="float32"&&o!=="int32")throw new Error(`Creating tensor from GPU data only supports 'float32'|'int32' dtype, while the dtype is ${o}.`);return y.backend.createTensorFromGPUData(r,t||e,o)}if(!Ft(r)&&!Array.isArray(r)&&typeof r!="number"&&typeof r!="boolean"&&typeof r!="string")throw new Error("values passed to tensor(values) must be a number/boolean/string or an array of numbers/booleans/strings, or a TypedArray");if(t!=null){zt(t);let n=mt(t),s=mt(e);C(n===s,()=>`Based on the provided shape, [${t}], the tensor should have ${n} values but has ${s}`);for(let i=0;i<e.length;++i){let a=e[i],p=i===e.length-1?a!==mt(t.slice(i)):!0;C(e[i]===t[i]||!p,()=>`Error creating a new Tensor. Inferred shape (${e}) does not match the provided shape (${t}). `)}}return!Ft(r)&&!Array.isArray(r)&&(r=[r]),t=t||e,r=o!=="string"?kn(r,o):br(r,[],!0),y.makeTensor(r,t,o)}function wr(r,t,e){let o=Rs(r,e);return En(r,t,o,e)}var Xt=class r{static join(t){return new r(t).slice()}constructor(t){if(this.shards=[],this.previousShardIndex=0,t==null||(t instanceof Array||(t=[t]),t=t.map(o=>Ft(o)?o.buffer:o),t.length===0))return;this.bufferUniformSize=t[0].byteLength;let e=0;for(let o=0;o<t.length;o++){let n=t[o];o!==t.length-1&&n.byteLength!==this.bufferUniformSize&&(this.bufferUniformSize=void 0);let s=e+n.byteLength;this.shards.push({buffer:n,start:e,end:s}),e=s}this.shards.length===0&&(this.byteLength=0),this.byteLength=this.shards[this.shards.length-1].end}slice(t=0,e=this.byteLength){if(this.shards.length===0)return new ArrayBuffer(0);if(t=isNaN(Number(t))?0:t,e=isNaN(Number(e))?0:e,t=Math.max(0,t),e=Math.min(this.byteLength,e),e<=t)return new ArrayBuffer(0);let o=this.findShardForByte(t);if(o===-1)throw new Error(`Could not find start shard for byte ${t}`);let n=e-t,s=new ArrayBuffer(n),i=new Uint8Array(s),a=0;for(let p=o;p<this.shards.length;p++){let u=this.shards[p],l=t+a-u.start,m=a,d=Math.min(e,u.end)-u.start,g=new Uint8Array(u.buffer,l,d-l);if(i.set(g,m),a+=g.length,e<u.end)break}return s}findShardForByte(t){if(this.shards.length===0||t<0||t>=this.byteLength)return-1;if(this.bufferUniformSize!=null)return this.previousShardIndex=Math.floor(t/this.bufferUniformSize),this.previousShardIndex;function e(n){return t<n.start?-1:t>=n.end?1:0}if(e(this.shards[this.previousShardIndex])===0)return this.previousShardIndex;let o=b0(this.shards,e);return o===-1?-1:(this.previousShardIndex=o,this.previousShardIndex)}};function b0(r,t){let e=0,o=r.length;for(;e<=o;){let n=Math.floor((o-e)/2)+e,s=t(r[n]);if(s===0)return n;s<0?o=n:e=n+1}return-1}function w0(r){W().getBool("DEPRECATION_WARNINGS_ENABLED")&&console.warn(r+" You can disable deprecation warnings with tf.disableDeprecationWarnings().")}bf(w0);function ca(){return y}function ut(r,t){return y.tidy(r,t)}function Tt(r){pa(r).forEach(e=>e.dispose())}function If(r){return y.keep(r)}function kf(r){return y.setBackend(r)}function Tf(){return y.ready()}function Nf(r,t,e=1){return y.registerBackend(r,t,e)}function Df(){return y.backend}var al=typeof Buffer<"u"&&(typeof Blob>"u"||typeof atob>"u"||typeof btoa>"u");function Ef(r){return al?Buffer.byteLength(r,"utf8"):new Blob([r]).size}function $f(r){if(al)return Buffer.from(r).toString("base64");let t=new Uint8Array(r),e="";for(let o=0,n=t.length;o<n;o++)e+=String.fromCharCode(t[o]);return btoa(e)}function Rf(r){if(al){let o=Buffer.from(r,"base64");return o.buffer.slice(o.byteOffset,o.byteOffset+o.byteLength)}let t=atob(r),e=new Uint8Array(t.length);for(let o=0;o<t.length;++o)e.set([t.charCodeAt(o)],o);return e.buffer}function ma(r,t){let e={modelTopology:r.modelTopology,format:r.format,generatedBy:r.generatedBy,convertedBy:r.convertedBy,weightsManifest:t};return r.signature!=null&&(e.signature=r.signature),r.userDefinedMetadata!=null&&(e.userDefinedMetadata=r.userDefinedMetadata),r.modelInitializer!=null&&(e.modelInitializer=r.modelInitializer),r.initializerSignature!=null&&(e.initializerSignature=r.initializerSignature),r.trainingConfig!=null&&(e.trainingConfig=r.trainingConfig),e}function Af(r,t,e){let o={modelTopology:r.modelTopology,format:r.format,generatedBy:r.generatedBy,convertedBy:r.convertedBy};if(r.trainingConfig!=null&&(o.trainingConfig=r.trainingConfig),r.weightsManifest!=null){if(!t)throw new Error("modelJSON has weightsManifest but weightSpecs is null");if(!e)throw new Error("modelJSON has weightsManifest but weightData is null");o.weightSpecs=t,o.weightData=e}return r.signature!=null&&(o.signature=r.signature),r.userDefinedMetadata!=null&&(o.userDefinedMetadata=r.userDefinedMetadata),r.modelInitializer!=null&&(o.modelInitializer=r.modelInitializer),r.initializerSignature!=null&&(o.initializerSignature=r.initializerSignature),o}async function fa(r,t){let e,o;return r.weightsManifest!=null&&([e,o]=await t(r.weightsManifest)),Af(r,e,o)}function qe(r){if(r.modelTopology instanceof ArrayBuffer)throw new Error("Expected JSON model topology, received ArrayBuffer.");return{dateSaved:new Date,modelTopologyType:"JSON",modelTopologyBytes:r.modelTopology==null?0:Ef(JSON.stringify(r.modelTopology)),weightSpecsBytes:r.weightSpecs==null?0:Ef(JSON.stringify(r.weightSpecs)),weightDataBytes:r.weightData==null?0:new Xt(r.weightData).byteLength}}function da(r){let t=[];for(let e of r)t.push(...e.weights);return t}var jt=class r{constructor(){this.saveRouters=[],this.loadRouters=[]}static getInstance(){return r.instance==null&&(r.instance=new r),r.instance}static registerSaveRouter(t){r.getInstance().saveRouters.push(t)}static registerLoadRouter(t){r.getInstance().loadRouters.push(t)}static getSaveHandlers(t){return r.getHandlers(t,"save")}static getLoadHandlers(t,e){return r.getHandlers(t,"load",e)}static getHandlers(t,e,o){let n=[];return(e==="load"?r.getInstance().loadRouters:r.getInstance().saveRouters).forEach(i=>{let a=i(t,o);a!==null&&n.push(a)}),n}};var pl="tensorflowjs",ul=1,zr="models_store",Sr="model_info_store";function Ff(){if(!W().getBool("IS_BROWSER"))throw new Error("Failed to obtain IndexedDB factory because the current environmentis not a web browser.");let r=typeof window>"u"?self:window,t=r.indexedDB||r.mozIndexedDB||r.webkitIndexedDB||r.msIndexedDB||r.shimIndexedDB;if(t==null)throw new Error("The current browser does not appear to support IndexedDB.");return t}function ll(r){let t=r.result;t.createObjectStore(zr,{keyPath:"modelPath"}),t.createObjectStore(Sr,{keyPath:"modelPath"})}var Fe=class{constructor(t){if(this.indexedDB=Ff(),t==null||!t)throw new Error("For IndexedDB, modelPath must not be null, undefined or empty.");this.modelPath=t}async save(t){if(t.modelTopology instanceof ArrayBuffer)throw new Error("BrowserLocalStorage.save() does not support saving model topology in binary formats yet.");return this.databaseAction(this.modelPath,t)}async load(){return this.databaseAction(this.modelPath)}databaseAction(t,e){return new Promise((o,n)=>{let s=this.indexedDB.open(pl,ul);s.onupgradeneeded=()=>ll(s),s.onsuccess=()=>{let i=s.result;if(e==null){let a=i.transaction(zr,"readonly"),u=a.objectStore(zr).get(this.modelPath);u.onsuccess=()=>{if(u.result==null)return i.close(),n(new Error(`Cannot find model with path '${this.modelPath}' in IndexedDB.`));o(u.result.modelArtifacts)},u.onerror=c=>(i.close(),n(u.error)),a.oncomplete=()=>i.close()}else{e.weightData=Xt.join(e.weightData);let a=qe(e),p=i.transaction(Sr,"readwrite"),u=p.objectStore(Sr),c;try{c=u.put({modelPath:this.modelPath,modelArtifactsInfo:a})}catch(m){return n(m)}let l;c.onsuccess=()=>{l=i.transaction(zr,"readwrite");let m=l.objectStore(zr),f;try{f=m.put({modelPath:this.modelPath,modelArtifacts:e,modelArtifactsInfo:a})}catch(d){return n(d)}f.onsuccess=()=>o({modelArtifactsInfo:a}),f.onerror=d=>{u=p.objectStore(Sr);let g=u.delete(this.modelPath);g.onsuccess=()=>(i.close(),n(f.error)),g.onerror=h=>(i.close(),n(f.error))}},c.onerror=m=>(i.close(),n(c.error)),p.oncomplete=()=>{l==null?i.close():l.oncomplete=()=>i.close()}}},s.onerror=i=>n(s.error)})}};Fe.URL_SCHEME="indexeddb://";var Pf=r=>W().getBool("IS_BROWSER")&&!Array.isArray(r)&&r.startsWith(Fe.URL_SCHEME)?C0(r.slice(Fe.URL_SCHEME.length)):null;jt.registerSaveRouter(Pf);jt.registerLoadRouter(Pf);function C0(r){return new Fe(r)}function v0(r){return r.startsWith(Fe.URL_SCHEME)?r.slice(Fe.URL_SCHEME.length):r}var ha=class{constructor(){this.indexedDB=Ff()}async listModels(){return new Promise((t,e)=>{let o=this.indexedDB.open(pl,ul);o.onupgradeneeded=()=>ll(o),o.onsuccess=()=>{let n=o.result,s=n.transaction(Sr,"readonly"),a=s.objectStore(Sr).getAll();a.onsuccess=()=>{let p={};for(let u of a.result)p[u.modelPath]=u.modelArtifactsInfo;t(p)},a.onerror=p=>(n.close(),e(a.error)),s.oncomplete=()=>n.close()},o.onerror=n=>e(o.error)})}async removeModel(t){return t=v0(t),new Promise((e,o)=>{let n=this.indexedDB.open(pl,ul);n.onupgradeneeded=()=>ll(n),n.onsuccess=()=>{let s=n.result,i=s.transaction(Sr,"readwrite"),a=i.objectStore(Sr),p=a.get(t),u;p.onsuccess=()=>{if(p.result==null)return s.close(),o(new Error(`Cannot find model with path '${t}' in IndexedDB.`));{let c=a.delete(t),l=()=>{u=s.transaction(zr,"readwrite");let f=u.objectStore(zr).delete(t);f.onsuccess=()=>e(p.result.modelArtifactsInfo),f.onerror=d=>o(p.error)};c.onsuccess=l,c.onerror=m=>(l(),s.close(),o(p.error))}},p.onerror=c=>(s.close(),o(p.error)),i.oncomplete=()=>{u==null?s.close():u.oncomplete=()=>s.close()}},n.onerror=s=>o(n.error)})}};var Ke="/",$n="tensorflowjs_models",Mf="info",I0="model_topology",k0="weight_specs",T0="weight_data",N0="model_metadata";function _f(r){return{info:[$n,r,Mf].join(Ke),topology:[$n,r,I0].join(Ke),weightSpecs:[$n,r,k0].join(Ke),weightData:[$n,r,T0].join(Ke),modelMetadata:[$n,r,N0].join(Ke)}}function Gf(r){for(let t of Object.values(r))window.localStorage.removeItem(t)}function D0(r){let t=r.split(Ke);if(t.length<3)throw new Error(`Invalid key format: ${r}`);return t.slice(1,t.length-1).join(Ke)}function E0(r){return r.startsWith(Pe.URL_SCHEME)?r.slice(Pe.URL_SCHEME.length):r}var Pe=class{constructor(t){if(!W().getBool("IS_BROWSER")||typeof window>"u"||typeof window.localStorage>"u")throw new Error("The current environment does not support local storage.");if(this.LS=window.localStorage,t==null||!t)throw new Error("For local storage, modelPath must not be null, undefined or empty.");this.modelPath=t,this.keys=_f(this.modelPath)}async save(t){if(t.modelTopology instanceof ArrayBuffer)throw new Error("BrowserLocalStorage.save() does not support saving model topology in binary formats yet.");{let e=JSON.stringify(t.modelTopology),o=JSON.stringify(t.weightSpecs),n=qe(t),s=Xt.join(t.weightData);try{this.LS.setItem(this.keys.info,JSON.stringify(n)),this.LS.setItem(this.keys.topology,e),this.LS.setItem(this.keys.weightSpecs,o),this.LS.setItem(this.keys.weightData,$f(s));let i={format:t.format,generatedBy:t.generatedBy,convertedBy:t.convertedBy,signature:t.signature!=null?t.signature:void 0,userDefinedMetadata:t.userDefinedMetadata!=null?t.userDefinedMetadata:void 0,modelInitializer:t.modelInitializer!=null?t.modelInitializer:void 0,initializerSignature:t.initializerSignature!=null?t.initializerSignature:void 0,trainingConfig:t.trainingConfig!=null?t.trainingConfig:void 0};return this.LS.setItem(this.keys.modelMetadata,JSON.stringify(i)),{modelArtifactsInfo:n}}catch{throw Gf(this.keys),new Error(`Failed to save model '${this.modelPath}' to local storage: size quota being exceeded is a possible cause of this failure: modelTopologyBytes=${n.modelTopologyBytes}, weightSpecsBytes=${n.weightSpecsBytes}, weightDataBytes=${n.weightDataBytes}.`)}}}async load(){let t=JSON.parse(this.LS.getItem(this.keys.info));if(t==null)throw new Error(`In local storage, there is no model with name '${this.modelPath}'`);if(t.modelTopologyType!=="JSON")throw new Error("BrowserLocalStorage does not support loading non-JSON model topology yet.");let e={},o=JSON.parse(this.LS.getItem(this.keys.topology));if(o==null)throw new Error(`In local storage, the topology of model '${this.modelPath}' is missing.`);e.modelTopology=o;let n=JSON.parse(this.LS.getItem(this.keys.weightSpecs));if(n==null)throw new Error(`In local storage, the weight specs of model '${this.modelPath}' are missing.`);e.weightSpecs=n;let s=this.LS.getItem(this.keys.modelMetadata);if(s!=null){let a=JSON.parse(s);e.format=a.format,e.generatedBy=a.generatedBy,e.convertedBy=a.convertedBy,a.signature!=null&&(e.signature=a.signature),a.userDefinedMetadata!=null&&(e.userDefinedMetadata=a.userDefinedMetadata),a.modelInitializer!=null&&(e.modelInitializer=a.modelInitializer),a.initializerSignature!=null&&(e.initializerSignature=a.initializerSignature),a.trainingConfig!=null&&(e.trainingConfig=a.trainingConfig)}let i=this.LS.getItem(this.keys.weightData);if(i==null)throw new Error(`In local storage, the binary weight values of model '${this.modelPath}' are missing.`);return e.weightData=Rf(i),e}};Pe.URL_SCHEME="localstorage://";var Bf=r=>W().getBool("IS_BROWSER")&&!Array.isArray(r)&&r.startsWith(Pe.URL_SCHEME)?$0(r.slice(Pe.URL_SCHEME.length)):null;jt.registerSaveRouter(Bf);jt.registerLoadRouter(Bf);function $0(r){return new Pe(r)}var ga=class{constructor(){C(W().getBool("IS_BROWSER"),()=>"Current environment is not a web browser"),C(typeof window>"u"||typeof window.localStorage<"u",()=>"Current browser does not appear to support localStorage"),this.LS=window.localStorage}async listModels(){let t={},e=$n+Ke,o=Ke+Mf;for(let n=0;n<this.LS.length;++n){let s=this.LS.key(n);if(s.startsWith(e)&&s.endsWith(o)){let i=D0(s);t[i]=JSON.parse(this.LS.getItem(s))}}return t}async removeModel(t){t=E0(t);let e=_f(t);if(this.LS.getItem(e.info)==null)throw new Error(`Cannot find model at path '${t}'`);let o=JSON.parse(this.LS.getItem(e.info));return Gf(e),o}};var zf="://",As=class r{constructor(){this.managers={}}static getInstance(){return r.instance==null&&(r.instance=new r),r.instance}static registerManager(t,e){C(t!=null,()=>"scheme must not be undefined or null."),t.endsWith(zf)&&(t=t.slice(0,t.indexOf(zf))),C(t.length>0,()=>"scheme must not be an empty string.");let o=r.getInstance();C(o.managers[t]==null,()=>`A model store manager is already registered for scheme '${t}'.`),o.managers[t]=e}static getManager(t){let e=r.getInstance().managers[t];if(e==null)throw new Error(`Cannot find model manager for scheme '${t}'`);return e}static getSchemes(){return Object.keys(r.getInstance().managers)}};var cl=class{constructor(){this.messageName="setTimeoutCustom",this.functionRefs=[],this.handledMessageCount=0,this.hasEventListener=!1}fetch(t,e){return fetch(t,e)}now(){return performance.now()}encode(t,e){if(e!=="utf-8"&&e!=="utf8")throw new Error(`Browser's encoder only supports utf-8, but got ${e}`);return this.textEncoder==null&&(this.textEncoder=new TextEncoder),this.textEncoder.encode(t)}decode(t,e){return new TextDecoder(e).decode(t)}setTimeoutCustom(t,e){if(typeof window>"u"||!W().getBool("USE_SETTIMEOUTCUSTOM")){setTimeout(t,e);return}this.functionRefs.push(t),setTimeout(()=>{window.postMessage({name:this.messageName,index:this.functionRefs.length-1},"*")},e),this.hasEventListener||(this.hasEventListener=!0,window.addEventListener("message",o=>{if(o.source===window&&o.data.name===this.messageName){o.stopPropagation();let n=this.functionRefs[o.data.index];n(),this.handledMessageCount++,this.handledMessageCount===this.functionRefs.length&&(this.functionRefs=[],this.handledMessageCount=0)}},!0))}isTypedArray(t){return ea(t)}};if(W().get("IS_BROWSER")){W().setPlatform("browser",new cl);try{As.registerManager(Pe.URL_SCHEME,new ga)}catch{}try{As.registerManager(Fe.URL_SCHEME,new ha)}catch{}}var R0={importFetch:()=>xm("node-fetch")},ml;var fl=class{constructor(){this.util=xm("util"),this.textEncoder=new this.util.TextEncoder}fetch(t,e){return W().global.fetch!=null?W().global.fetch(t,e):(ml==null&&(ml=R0.importFetch()),ml(t,e))}now(){let t=process.hrtime();return t[0]*1e3+t[1]/1e6}encode(t,e){if(e!=="utf-8"&&e!=="utf8")throw new Error(`Node built-in encoder only supports utf-8, but got ${e}`);return this.textEncoder.encode(t)}decode(t,e){return t.length===0?"":new this.util.TextDecoder(e).decode(t)}isTypedArray(t){return this.util.types.isFloat32Array(t)||this.util.types.isInt32Array(t)||this.util.types.isUint8Array(t)||this.util.types.isUint8ClampedArray(t)}};W().get("IS_NODE")&&!W().get("IS_BROWSER")&&W().setPlatform("node",new fl);function pt(r,t="float32",e){return t=t||"float32",zt(r),new Ae(r,t,e)}function A0(r,t){let e=x(r,"x","cast");if(!Bu(t))throw new Error(`Failed to cast to unknown dtype ${t}`);if(t==="string"&&e.dtype!=="string"||t!=="string"&&e.dtype==="string")throw new Error("Only strings can be casted to strings");let o={x:e},n={dtype:t};return y.runKernel(We,o,n)}var z=w({cast_:A0});function F0(r){let e={x:x(r,"x","clone","string_or_numeric")};return y.runKernel(Ve,e)}var Rn=w({clone_:F0});function Lf(r,t=!1){console.log(r.toString(t))}il();var P0={buffer:pt,cast:z,clone:Rn,print:Lf};yf(P0);function M0(r,t){let e=x(r,"a","add"),o=x(t,"b","add");[e,o]=st(e,o);let n={a:e,b:o};return y.runKernel("Add",n)}var H=w({add_:M0});function _0(r,t){let e=x(r,"a","floorDiv"),o=x(t,"b","floorDiv");[e,o]=st(e,o);let n={a:e,b:o};return y.runKernel(ar,n)}var xa=w({floorDiv_:_0});function G0(r,t){let e=x(r,"a","div"),o=x(t,"b","div");if([e,o]=st(e,o),e.dtype==="int32"&&o.dtype==="int32")return xa(e,o);let n={a:e,b:o},s={};return y.runKernel(Fo,n,s)}var Y=w({div_:G0});function B0(r,t){let e=x(r,"a","mul"),o=x(t,"b","mul");[e,o]=st(e,o);let n={a:e,b:o};return y.runKernel(cr,n)}var $=w({mul_:B0});function z0(r){let t=x(r,"x","abs");if(t.dtype==="complex64"){let e={x:t};return y.runKernel(ko,e)}else{let e={x:t};return y.runKernel("Abs",e)}}var Yt=w({abs_:z0});function L0(r){let e={x:x(r,"x","acos")};return y.runKernel(co,e)}var dl=w({acos_:L0});function O0(r){let e={x:x(r,"x","acosh")};return y.runKernel(mo,e)}var hl=w({acosh_:O0});function U0(r,t=null,e=!1){let n={x:x(r,"x","all","bool")},s={axis:t,keepDims:e};return y.runKernel("All",n,s)}var Uf=w({all_:U0});function W0(r,t=null,e=!1){let n={x:x(r,"x","any","bool")},s={axis:t,keepDims:e};return y.runKernel("Any",n,s)}var Vf=w({any_:W0});function V0(r,t=0){let o={x:x(r,"x","argMax")},n={axis:t};return y.runKernel(fo,o,n)}var Hf=w({argMax_:V0});function H0(r,t=0){let o={x:x(r,"x","argMin")},n={axis:t};return y.runKernel(ho,o,n)}var qf=w({argMin_:H0});function q0(r){let e={x:x(r,"x","asin")};return y.runKernel(go,e)}var gl=w({asin_:q0});function K0(r){let e={x:x(r,"x","asinh")};return y.runKernel(xo,e)}var xl=w({asinh_:K0});function X0(r){let e={x:x(r,"x","atan")};return y.runKernel(yo,e)}var yl=w({atan_:X0});function j0(r,t){let e=x(r,"a","atan2"),o=x(t,"b","atan2");[e,o]=st(e,o);let n={a:e,b:o};return y.runKernel(wo,n)}var Kf=w({atan2_:j0});function Y0(r){let e={x:x(r,"x","atanh")};return y.runKernel(bo,e)}var bl=w({atanh_:Y0});function Z0(r,t,e,o,n="NHWC",s){let i=r[3],a=[...t,i],p=jf(n);return Lr(r,a,e,s,o,null,null,p)}function Sl(r,t,e,o,n,s,i="channelsLast"){let[a,p]=Ps(t),u;if(i==="channelsLast")u=[a,p,r[3],r[3]];else if(i==="channelsFirst")u=[a,p,r[1],r[1]];else throw new Error(`Unknown dataFormat ${i}`);return Lr(r,u,e,o,n,s,!1,i)}function Q0(r,t,e,o,n,s,i="NDHWC"){let[a,p,u]=wl(t),c,l;if(i==="NDHWC")l="channelsLast",c=[a,p,u,r[4],r[4]];else if(i==="NCDHW")l="channelsFirst",c=[a,p,u,r[1],r[1]];else throw new Error(`Unknown dataFormat ${i}`);return Xf(r,c,e,o,n,!1,l,s)}function Lr(r,t,e,o,n,s,i=!1,a="channelsLast"){let[p,u,c,l]=[-1,-1,-1,-1];if(a==="channelsLast")[p,u,c,l]=r;else if(a==="channelsFirst")[p,l,u,c]=r;else throw new Error(`Unknown dataFormat ${a}`);let[m,f,,d]=t,[g,h]=Ps(e),[S,T]=Ps(o),k=An(m,S),v=An(f,T),{padInfo:N,outHeight:R,outWidth:P}=e2(n,u,c,g,h,k,v,s,a),G=i?d*l:d,B;return a==="channelsFirst"?B=[p,G,R,P]:a==="channelsLast"&&(B=[p,R,P,G]),{batchSize:p,dataFormat:a,inHeight:u,inWidth:c,inChannels:l,outHeight:R,outWidth:P,outChannels:G,padInfo:N,strideHeight:g,strideWidth:h,filterHeight:m,filterWidth:f,effectiveFilterHeight:k,effectiveFilterWidth:v,dilationHeight:S,dilationWidth:T,inShape:r,outShape:B,filterShape:t}}function Xf(r,t,e,o,n,s=!1,i="channelsLast",a){let[p,u,c,l,m]=[-1,-1,-1,-1,-1];if(i==="channelsLast")[p,u,c,l,m]=r;else if(i==="channelsFirst")[p,m,u,c,l]=r;else throw new Error(`Unknown dataFormat ${i}`);let[f,d,g,,h]=t,[S,T,k]=wl(e),[v,N,R]=wl(o),P=An(f,v),G=An(d,N),B=An(g,R),{padInfo:L,outDepth:U,outHeight:X,outWidth:Q}=r2(n,u,c,l,S,T,k,P,G,B,a),ot=s?h*m:h,it;return i==="channelsFirst"?it=[p,ot,U,X,Q]:i==="channelsLast"&&(it=[p,U,X,Q,ot]),{batchSize:p,dataFormat:i,inDepth:u,inHeight:c,inWidth:l,inChannels:m,outDepth:U,outHeight:X,outWidth:Q,outChannels:ot,padInfo:L,strideDepth:S,strideHeight:T,strideWidth:k,filterDepth:f,filterHeight:d,filterWidth:g,effectiveFilterDepth:P,effectiveFilterHeight:G,effectiveFilterWidth:B,dilationDepth:v,dilationHeight:N,dilationWidth:R,inShape:r,outShape:it,filterShape:t}}function J0(r,t,e,o,n){o==null&&(o=Cl(r,t,e));let s=r[0],i=r[1],a=Ms((s-t+2*o)/e+1,n),p=Ms((i-t+2*o)/e+1,n);return[a,p]}function t2(r,t,e,o,n,s){n==null&&(n=Cl(r,t[0],o[0]));let i=[0,0,0,e];for(let a=0;a<3;a++)r[a]+2*n>=t[a]&&(i[a]=Ms((r[a]-t[a]+2*n)/o[a]+1,s));return i}function Cl(r,t,e,o=1){let n=An(t,o);return Math.floor((r[0]*(e-1)-e+n)/2)}function Ps(r){return typeof r=="number"?[r,r,r]:r.length===2?[r[0],r[1],1]:r}function wl(r){return typeof r=="number"?[r,r,r]:r}function An(r,t){return t<=1?r:r+(r-1)*(t-1)}function e2(r,t,e,o,n,s,i,a,p){let u,c,l;if(typeof r=="number"){u={top:r,bottom:r,left:r,right:r,type:r===0?"VALID":"NUMBER"};let f=J0([t,e],s,o,r,a);c=f[0],l=f[1]}else if(r==="same"){c=Math.ceil(t/o),l=Math.ceil(e/n);let m=Math.max(0,(c-1)*o+s-t),f=Math.max(0,(l-1)*n+i-e),d=Math.floor(m/2),g=m-d,h=Math.floor(f/2),S=f-h;u={top:d,bottom:g,left:h,right:S,type:"SAME"}}else if(r==="valid")u={top:0,bottom:0,left:0,right:0,type:"VALID"},c=Math.ceil((t-s+1)/o),l=Math.ceil((e-i+1)/n);else if(typeof r=="object"){let m=p==="channelsLast"?r[1][0]:r[2][0],f=p==="channelsLast"?r[1][1]:r[2][1],d=p==="channelsLast"?r[2][0]:r[3][0],g=p==="channelsLast"?r[2][1]:r[3][1];u={top:m,bottom:f,left:d,right:g,type:m===0&&f===0&&d===0&&g===0?"VALID":"EXPLICIT"},c=Ms((t-s+m+f)/o+1,a),l=Ms((e-i+d+g)/n+1,a)}else throw Error(`Unknown padding parameter: ${r}`);return{padInfo:u,outHeight:c,outWidth:l}}function r2(r,t,e,o,n,s,i,a,p,u,c){let l,m,f,d;if(r==="valid"&&(r=0),typeof r=="number"){l={top:r,bottom:r,left:r,right:r,front:r,back:r,type:r===0?"VALID":"NUMBER"};let h=t2([t,e,o,1],[a,p,u],1,[n,s,i],r,c);m=h[0],f=h[1],d=h[2]}else if(r==="same"){m=Math.ceil(t/n),f=Math.ceil(e/s),d=Math.ceil(o/i);let g=(m-1)*n+a-t,h=(f-1)*s+p-e,S=(d-1)*i+u-o,T=Math.floor(g/2),k=g-T,v=Math.floor(h/2),N=h-v,R=Math.floor(S/2),P=S-R;l={top:v,bottom:N,left:R,right:P,front:T,back:k,type:"SAME"}}else throw Error(`Unknown padding parameter: ${r}`);return{padInfo:l,outDepth:m,outHeight:f,outWidth:d}}function Ms(r,t){if(!t)return Math.trunc(r);switch(t){case"round":return Math.round(r);case"ceil":return Math.ceil(r);case"floor":return Math.floor(r);default:throw new Error(`Unknown roundingMode ${t}`)}}function se(r){let[t,e,o]=Ps(r);return t===1&&e===1&&o===1}function Mt(r,t){return se(r)||se(t)}function Or(r){return Ps(r).every(t=>t>0)}function jf(r){if(r==="NHWC")return"channelsLast";if(r==="NCHW")return"channelsFirst";throw new Error(`Unknown dataFormat ${r}`)}function bt(r,t,e){if(e!=null){if(typeof t=="string")throw Error(`Error in ${r}: pad must be an integer when using dimRoundingMode ${e} but got pad ${t}.`);if(typeof t=="number")C(Ue(t),()=>`Error in ${r}: pad must be an integer when using dimRoundingMode ${e} but got pad ${t}.`);else if(typeof t=="object")t.forEach(o=>{o.forEach(n=>{C(Ue(n),()=>`Error in ${r}: pad must be an integer when using dimRoundingMode ${e} but got pad ${n}.`)})});else throw Error(`Error in ${r}: Unknown padding parameter: ${t}`)}}function o2(r,t){let o={x:x(r,"x","reshape","string_or_numeric")},n={shape:t};return y.runKernel(on,o,n)}var D=w({reshape_:o2});function n2(r,t,e,o,n){let s=x(r,"x","avgPool","float32"),i=1;C(Mt(e,i),()=>`Error in avgPool: Either strides or dilations must be 1. Got strides ${e} and dilations '${i}'`);let a=s,p=!1;s.rank===3&&(p=!0,a=D(s,[1,s.shape[0],s.shape[1],s.shape[2]])),C(a.rank===4,()=>`Error in avgPool: x must be rank 4 but got rank ${a.rank}.`),bt("avgPool",o,n);let u={x:a},c={filterSize:t,strides:e,pad:o,dimRoundingMode:n},l=y.runKernel(So,u,c);return l=z(l,s.dtype),p?D(l,[l.shape[1],l.shape[2],l.shape[3]]):l}var ya=w({avgPool_:n2});function s2(r,t=0){C(r.length>=1,()=>"Pass at least one tensor to concat");let e=la(r,"tensors","concat","string_or_numeric");if(e[0].dtype==="complex64"&&e.forEach(s=>{if(s.dtype!=="complex64")throw new Error(`Cannot concatenate complex64 tensors with a tensor
          with dtype ${s.dtype}. `)}),e.length===1)return Rn(e[0]);let o=e,n={axis:t};return y.runKernel(To,o,n)}var de=w({concat_:s2});function i2(r,t,e=!1,o=!1){let n=x(r,"a","matMul"),s=x(t,"b","matMul");[n,s]=st(n,s);let i={a:n,b:s},a={transposeA:e,transposeB:o};return y.runKernel(Co,i,a)}var lt=w({matMul_:i2});function a2(r){let e={x:x(r,"x","sigmoid","float32")};return y.runKernel(fr,e)}var ve=w({sigmoid_:a2});function p2(r,t,e){let o=x(r,"x","slice","string_or_numeric");if(o.rank===0)throw new Error("Slicing scalar is not possible");let n={x:o},s={begin:t,size:e};return y.runKernel(Ar,n,s)}var Dt=w({slice_:p2});function u2(r){let e={x:x(r,"x","tanh","float32")};return y.runKernel(yn,e)}var vl=w({tanh_:u2});function l2(r,t,e){let o=x(r,"x","batchToSpaceND"),n=t.reduce((a,p)=>a*p);C(o.rank>=1+t.length,()=>`input rank is ${o.rank} but should be > than blockShape.length ${t.length}`),C(e.length===t.length,()=>`crops.length is ${e.length} but should be equal to blockShape.length  ${t.length}`),C(o.shape[0]%n===0,()=>`input tensor batch is ${o.shape[0]} but is not divisible by the product of the elements of blockShape ${t.join(" * ")} === ${n}`);let s={x:o},i={blockShape:t,crops:e};return y.runKernel(vo,s,i)}var Fn=w({batchToSpaceND_:l2});function Yf(r){let t;return r.rank===0||r.rank===1?t=D(r,[1,1,1,r.size]):r.rank===2?t=D(r,[1,1,r.shape[0],r.shape[1]]):r.rank===3?t=D(r,[1,r.shape[0],r.shape[1],r.shape[2]]):t=r,t}function c2(r,t,e,o,n,s){s==null&&(s=.001);let i=x(r,"x","batchNorm"),a=x(t,"mean","batchNorm"),p=x(e,"variance","batchNorm"),u;n!=null&&(u=x(n,"scale","batchNorm"));let c;o!=null&&(c=x(o,"offset","batchNorm")),C(a.rank===p.rank,()=>"Batch normalization gradient requires mean and variance to have equal ranks."),C(c==null||a.rank===c.rank,()=>"Batch normalization gradient requires mean and offset to have equal ranks."),C(u==null||a.rank===u.rank,()=>"Batch normalization gradient requires mean and scale to have equal ranks.");let m={x:Yf(i),scale:u,offset:c,mean:a,variance:p},f={varianceEpsilon:s},d=y.runKernel(_o,m,f);return D(d,i.shape)}var Zf=w({batchNorm_:c2});function m2(r,t,e){let o=x(r,"x","bincount"),n=x(t,"weights","bincount");C(o.dtype==="int32",()=>`Error in bincount: input dtype must be int32, but got ${o.dtype}`),C(e>=0,()=>`size must be non-negative, but got ${e}.`),C(n.size===o.size||n.size===0,()=>`Error in bincount: weights must have the same size as input or0-length, but got input shape: ${o.shape}, weights shape: ${n.shape}.`);let s={x:o,weights:n},i={size:e};return y.runKernel(bi,s,i)}var Qf=w({bincount_:m2});function f2(r,t){let e=x(r,"broadcastTo","x"),o=e.shape;if(zt(t),t.length<e.rank)throw new Error(`broadcastTo(): shape.length=${t.length} < input.rank=${e.rank}.`);if(t.length>e.rank){let u=e.shape.slice();for(;u.length<t.length;)u.unshift(1);e=D(e,u)}let n=e.shape,s=Array.from(t);for(let u=t.length-1;u>=0;u--)if(n[u]===t[u])s[u]=1;else if(e.shape[u]!==1)throw new Error(`broadcastTo(): [${o}] cannot be broadcast to [${t}].`);if(s.map((u,c)=>u>1?c:-1).filter(u=>u>=0).length===0)return Rn(e);let a={x:e},p={reps:s};return y.runKernel(gr,a,p)}var Xe=w({broadcastTo_:f2});function d2(r){let e={x:x(r,"x","ceil","float32")};return y.runKernel(nr,e)}var Il=w({ceil_:d2});function Pn(r,t,e){zt(r),e=e||or(t);let o={shape:r,value:t,dtype:e};return y.runKernel(Fi,{},o)}function h2(r,t,e){let o=x(r,"x","clipByValue");if(C(t<=e,()=>`Error in clip: min (${t}) must be less than or equal to max (${e}).`),t===e)return Pn(o.shape,t,o.dtype);let n={x:o},s={clipValueMin:t,clipValueMax:e};return y.runKernel(Io,n,s)}var _s=w({clipByValue_:h2});function g2(r,t,e,o,n="NHWC",s=[1,1],i){let a=x(r,"x","conv2d","float32"),p=x(t,"filter","conv2d","float32"),u=a,c=!1;a.rank===3&&(c=!0,u=D(a,[1,a.shape[0],a.shape[1],a.shape[2]])),C(u.rank===4,()=>`Error in conv2d: input must be rank 4, but got rank ${u.rank}.`),C(p.rank===4,()=>`Error in conv2d: filter must be rank 4, but got rank ${p.rank}.`),bt("conv2d",o,i);let l=n==="NHWC"?u.shape[3]:u.shape[1];C(l===p.shape[2],()=>`Error in conv2d: depth of input (${l}) must match input depth for filter ${p.shape[2]}.`),C(Mt(e,s),()=>`Error in conv2D: Either strides or dilations must be 1. Got strides ${e} and dilations '${s}'`),C(Or(s),()=>"Error in conv2D: Dilated rates should be larger than 0."),C(Or(e),()=>"Error in conv2D: Strides should be larger than 0.");let m={x:u,filter:p},f={strides:e,pad:o,dataFormat:n,dilations:s,dimRoundingMode:i},d=y.runKernel(No,m,f);return c?D(d,[d.shape[1],d.shape[2],d.shape[3]]):d}var Me=w({conv2d_:g2});function x2(r,t,e,o,n="NWC",s=1,i){let a=x(r,"x","conv1d"),p=x(t,"filter","conv1d"),u=a,c=!1;a.rank===2&&(c=!0,u=D(a,[1,a.shape[0],a.shape[1]])),C(u.rank===3,()=>`Error in conv1d: input must be rank 3, but got rank ${u.rank}.`),C(p.rank===3,()=>`Error in conv1d: filter must be rank 3, but got rank ${p.rank}.`),bt("conv1d",o,i),C(u.shape[2]===p.shape[1],()=>`Error in conv1d: depth of input (${u.shape[2]}) must match input depth for filter ${p.shape[1]}.`),C(Mt(e,s),()=>`Error in conv1D: Either stride or dilation must be 1. Got stride ${e} and dilation '${s}'`),C(Or(s),()=>"Error in conv1D: Dilated rates should be larger than 0."),C(Or(e),()=>"Error in conv1D: Stride should be larger than 0."),C(n==="NWC",()=>`Error in conv1d: got dataFormat of ${n} but only NWC is currently supported.`);let l=D(p,[1,p.shape[0],p.shape[1],p.shape[2]]),m=D(u,[u.shape[0],1,u.shape[1],u.shape[2]]),h=Me(m,l,[1,e],o,"NHWC",[1,s],i);return c?D(h,[h.shape[2],h.shape[3]]):D(h,[h.shape[0],h.shape[2],h.shape[3]])}var Jf=w({conv1d_:x2});function y2(r,t,e,o,n,s="NHWC",i){C(r.length===t.rank,()=>`Length of inShape (${r.length}) and rank of dy (${t.rank}) must match`);let a=r,p=t,u=!1;t.rank===3&&(u=!0,p=D(t,[1,t.shape[0],t.shape[1],t.shape[2]]),a=[1,r[0],r[1],r[2]]),C(a.length===4,()=>`Error in conv2dDerInput: inShape must be length 4, but got length ${a.length}.`),C(p.rank===4,()=>`Error in conv2dDerInput: dy must be rank 4, but got rank ${p.rank}`),C(e.rank===4,()=>`Error in conv2dDerInput: filter must be rank 4, but got rank ${e.rank}`);let c=s==="NHWC"?a[3]:a[1],l=s==="NHWC"?p.shape[3]:p.shape[1];C(c===e.shape[2],()=>`Error in conv2dDerInput: depth of input (${c}) must match input depth for filter ${e.shape[2]}.`),C(l===e.shape[3],()=>`Error in conv2dDerInput: depth of output (${l}) must match output depth for filter ${e.shape[3]}.`),bt("conv2dDerInput",n,i);let m={dy:p,filter:e},f={strides:o,pad:n,dataFormat:s,dimRoundingMode:i,inputShape:a},d=y.runKernel(Do,m,f);return u?D(d,[d.shape[1],d.shape[2],d.shape[3]]):d}var Mn=w({conv2DBackpropInput_:y2});function b2(r,t,e,o,n,s){let i=x(r,"x","conv2dTranspose"),a=x(t,"filter","conv2dTranspose");return Mn(e,i,a,o,n,"NHWC",s)}var td=w({conv2dTranspose_:b2});function w2(r,t,e,o,n){C(r.length===t.rank,()=>`Length of inShape (${r.length}) and rank of dy (${t.rank}) must match`);let s=r,i=t,a=!1;t.rank===4&&(a=!0,i=D(t,[1,t.shape[0],t.shape[1],t.shape[2],t.shape[3]]),s=[1,r[0],r[1],r[2],r[3]]);let p=s[4],u=i.shape[4];C(s.length===5,()=>`Error in conv3dDerInput: inShape must be length 5, but got length ${s.length}.`),C(i.rank===5,()=>`Error in conv3dDerInput: dy must be rank 5, but got rank ${i.rank}`),C(e.rank===5,()=>`Error in conv3dDerInput: filter must be rank 5, but got rank ${e.rank}`),C(p===e.shape[3],()=>`Error in conv3dDerInput: depth of input (${p}) must match input depth for filter ${e.shape[3]}.`),C(u===e.shape[4],()=>`Error in conv3dDerInput: depth of output (${u}) must match output depth for filter ${e.shape[4]}.`);let c={dy:i,filter:e},l={pad:n,strides:o,inputShape:s},m=y.runKernel(vi,c,l);return a?D(m,[m.shape[1],m.shape[2],m.shape[3],m.shape[4]]):m}var ed=w({conv3DBackpropInput_:w2});function S2(r){let e={x:x(r,"x","cos","float32")};return y.runKernel("Cos",e)}var Ur=w({cos_:S2});function C2(r){let e={x:x(r,"x","cosh","float32")};return y.runKernel(Eo,e)}var Gs=w({cosh_:C2});function v2(r,t=0,e=!1,o=!1){let s={x:x(r,"x","cumprod")},i={axis:t,exclusive:e,reverse:o};return y.runKernel(Ii,s,i)}var Bs=w({cumprod_:v2});function I2(r,t=0,e=!1,o=!1){let s={x:x(r,"x","cumsum")},i={axis:t,exclusive:e,reverse:o};return y.runKernel($o,s,i)}var ba=w({cumsum_:I2});function k2(r,t,e="NHWC"){let o=x(r,"x","depthToSpace","float32"),n=e==="NHWC"?o.shape[1]:o.shape[2],s=e==="NHWC"?o.shape[2]:o.shape[3],i=e==="NHWC"?o.shape[3]:o.shape[1];C(t>1,()=>`blockSize should be > 1 for depthToSpace, but was: ${t}`),C(n*t>=0,()=>`Negative dimension size caused by overflow when multiplying
    ${n} and ${t}  for depthToSpace with input shape
    ${o.shape}`),C(s*t>=0,()=>`Negative dimension size caused by overflow when multiplying
    ${s} and ${t} for depthToSpace with input shape
        ${o.shape}`),C(i%(t*t)===0,()=>`Dimension size must be evenly divisible by ${t*t} but is ${i} for depthToSpace with input shape ${o.shape}`);let a={x:o},p={blockSize:t,dataFormat:e};return y.runKernel(Ti,a,p)}var rd=w({depthToSpace_:k2});function T2(r,t,e,o,n="NHWC",s=[1,1],i){let a=x(r,"x","depthwiseConv2d","float32"),p=x(t,"filter","depthwiseConv2d","float32"),u=a,c=!1;a.rank===3&&(c=!0,u=D(a,[1,a.shape[0],a.shape[1],a.shape[2]])),C(u.rank===4,()=>`Error in depthwiseConv2d: input must be rank 4, but got rank ${u.rank}.`),C(p.rank===4,()=>`Error in depthwiseConv2d: filter must be rank 4, but got rank ${p.rank}.`);let l=n==="NHWC"?u.shape[3]:u.shape[1];C(l===p.shape[2],()=>`Error in depthwiseConv2d: number of input channels (${l}) must match the inChannels dimension in filter ${p.shape[2]}.`),bt("depthwiseConv2d",o,i);let m={x:u,filter:p},f={strides:e,pad:o,dataFormat:n,dilations:s,dimRoundingMode:i},d=y.runKernel(Ro,m,f);return c?D(d,[d.shape[1],d.shape[2],d.shape[3]]):d}var _n=w({depthwiseConv2d_:T2});function N2(r,t,e,o,n=[1,1],s="NHWC"){let i=x(r,"x","dilation2d"),a=x(t,"filter","dilation2d");C(i.rank===3||i.rank===4,()=>`Error in dilation2d: input must be rank 3 or 4, but got rank ${i.rank}.`),C(a.rank===3,()=>`Error in dilation2d: filter must be rank 3, but got rank ${a.rank}.`),C(s==="NHWC",()=>`Error in dilation2d: Only NHWC is currently supported, but got dataFormat of ${s}`);let p=i,u=!1;i.rank===3&&(p=D(i,[1,i.shape[0],i.shape[1],i.shape[2]]),u=!0),C(p.shape[3]===a.shape[2],()=>`Error in dilation2d:  input and filter must have the same depth: ${p.shape[3]} vs ${a.shape[2]}`);let c={x:p,filter:a},l={strides:e,pad:o,dilations:n},m=y.runKernel(Ao,c,l);return u?D(m,[m.shape[1],m.shape[2],m.shape[3]]):m}var od=w({dilation2d_:N2});var he={};rr(he,{assertAndGetBroadcastShape:()=>J,getBroadcastDims:()=>nd,getReductionAxes:()=>ct});function nd(r,t){let e=r.length,o=[];for(let n=0;n<e;n++){let s=e-1-n,i=r[s]||1;(t[t.length-1-n]||1)>1&&i===1&&o.unshift(s)}return o}function ct(r,t){let e=[];for(let o=0;o<t.length;o++){let n=r[r.length-o-1],s=t.length-o-1,i=t[s];(n==null||n===1&&i>1)&&e.unshift(s)}return e}function J(r,t){let e=Math.max(r.length,t.length),o=new Array(e);for(let n=0;n<e;n++){let s=r[r.length-n-1];s==null&&(s=1);let i=t[t.length-n-1];if(i==null&&(i=1),s===1)o[e-n-1]=i;else if(i===1)o[e-n-1]=s;else if(s!==i){let a=`Operands could not be broadcast together with shapes ${r} and ${t}.`;throw Error(a)}else o[e-n-1]=s}return o}function D2(r,t){let e=x(r,"a","equal","string_or_numeric"),o=x(t,"b","equal","string_or_numeric");[e,o]=st(e,o),J(e.shape,o.shape);let n={a:e,b:o};return y.runKernel(Po,n)}var Gn=w({equal_:D2});function E2(r,t,e){let o=x(t,"a","where"),n=x(e,"b","where"),s=x(r,"condition","where","bool"),i=J(J(s.shape,o.shape),n.shape),a=Xe(s,i),p=Xe(o,i),u=Xe(n,i),c={condition:a,t:p,e:u};return y.runKernel(ln,c)}var Et=w({where_:E2});function $2(r){let e={x:x(r,"x","zerosLike")};return y.runKernel(Sn,e)}var j=w({zerosLike_:$2});function R2(r,t){let e=x(r,"a","div"),o=x(t,"b","div");[e,o]=st(e,o);let n=Y(e,o),s=j(n),i=Gn(o,s);return Et(i,s,n)}var sd=w({divNoNan_:R2});function A2(r,t){let e=x(r,"t1","dot"),o=x(t,"t2","dot");C((e.rank===1||e.rank===2)&&(o.rank===1||o.rank===2),()=>`Error in dot: inputs must all be rank 1 or 2, but got ranks ${e.rank} and ${o.rank}.`);let n=e.rank===1?e.size:e.shape[1],s=o.rank===1?o.size:o.shape[0];if(C(n===s,()=>`Error in dot: inner dimensions of inputs must match, but got ${n} and ${s}.`),e.rank===1&&o.rank===1){let i=D(e,[1,-1]),a=D(o,[-1,1]),p=lt(i,a);return D(p,[])}else if(e.rank===1&&o.rank===2){let i=D(e,[1,-1]),a=D(o,[o.shape[0],o.shape[1]]),p=lt(i,a);return D(p,[p.size])}else if(e.rank===2&&o.rank===1){let i=D(o,[-1,1]),a=lt(e,i);return D(a,[a.size])}else{let i=D(o,[o.shape[0],o.shape[1]]);return lt(e,i)}}var id=w({dot_:A2});function F2(r,...t){let e=t.map((n,s)=>x(n,`tensors${s}`,"einsum")),o={equation:r};return y.runKernel(Ri,e,o)}var Bn=w({einsum_:F2});function P2(r){let e={x:x(r,"x","elu","float32")};return y.runKernel("Elu",e)}var Sa=w({elu_:P2});function M2(r){let t=x(r,"x","erf");C(t.dtype==="int32"||t.dtype==="float32",()=>"Input dtype must be `int32` or `float32`."),t.dtype==="int32"&&(t=z(t,"float32"));let e={x:t};return y.runKernel("Erf",e)}var Nl=w({erf_:M2});function Dl(r,t){for(let e=0;e<r.length;++e)if(r[r.length-e-1]!==t-1-e)return!1;return!0}function ad(r,t,e){let o=r.length+t.length,n=[],s=0,i=0;for(let a=0;a<o;a++)e.indexOf(a)===-1?n.push(r[s++]):n.push(t[i++]);return n}function El(r,t){let e=[],o=r.length;for(let s=0;s<o;s++)t.indexOf(s)===-1&&e.push(r[s]);let n=t.map(s=>r[s]);return[e,n]}function _e(r,t){let e=t.map(o=>1);return ad(r,e,t)}function _2(r,t,e){C(Dl(t,e),()=>`${r} supports only inner-most axes for now. Got axes ${t} and rank-${e} input.`)}function $l(r,t){if(Dl(r,t))return null;let e=[];for(let o=0;o<t;++o)r.indexOf(o)===-1&&e.push(o);return r.forEach(o=>e.push(o)),e}function zs(r){return r.map((t,e)=>[e,t]).sort((t,e)=>t[1]-e[1]).map(t=>t[0])}function G2(r,t){let e=[];for(let o=t-r;o<t;++o)e.push(o);return e}function B2(r,t=null,e=!1){let n={x:x(r,"x","max")},s={reductionIndices:t,keepDims:e};return y.runKernel("Max",n,s)}var Ge=w({max_:B2});function z2(r,t=null,e=!1){let n={x:x(r,"x","min")},s={axis:t,keepDims:e};return y.runKernel("Min",n,s)}var Ls=w({min_:z2});function L2(r,t){let e=x(r,"base","pow"),o=x(t,"exp","pow");[e,o]=st(e,o);let n={a:e,b:o};return y.runKernel("Pow",n)}var Ie=w({pow_:L2});function nt(r,t){if((Ft(r)&&t!=="string"||Array.isArray(r))&&t!=="complex64")throw new Error("Error creating a new Scalar: value must be a primitive (number|boolean|string)");if(t==="string"&&Ft(r)&&!(r instanceof Uint8Array))throw new Error("When making a scalar from encoded string, the value must be `Uint8Array`.");return En(r,[],[],t)}function O2(r){let e={x:x(r,"x","sqrt","float32")};return y.runKernel(dr,e)}var vt=w({sqrt_:O2});function U2(r){let t=x(r,"x","square"),e={};return y.runKernel("Square",{x:t},e)}var et=w({square_:U2});function W2(r,t=null,e=!1){let o=x(r,"x","sum");o.dtype==="bool"&&(o=z(o,"int32"));let n={x:o},s={axis:t,keepDims:e};return y.runKernel("Sum",n,s)}var Z=w({sum_:W2});function V2(r,t="euclidean",e=null,o=!1){r=x(r,"x","norm");let n=pd(r,t,e),s=n.shape;if(o){let i=kt(e,r.shape);s=_e(n.shape,i)}return D(n,s)}function pd(r,t,e=null){if(r.rank===0)return Yt(r);if(r.rank!==1&&e===null)return pd(D(r,[-1]),t,e);if(r.rank===1||typeof e=="number"||Array.isArray(e)&&e.length===1){if(t===1)return Z(Yt(r),e);if(t===1/0)return Ge(Yt(r),e);if(t===-1/0)return Ls(Yt(r),e);if(t==="euclidean"||t===2)return vt(Z(Ie(Yt(r),nt(2,"int32")),e));throw new Error(`Error in norm: invalid ord value: ${t}`)}if(Array.isArray(e)&&e.length===2){if(t===1)return Ge(Z(Yt(r),e[0]),e[1]-1);if(t===1/0)return Ge(Z(Yt(r),e[1]),e[0]);if(t===-1/0)return Ls(Z(Yt(r),e[1]),e[0]);if(t==="fro"||t==="euclidean")return vt(Z(et(r),e));throw new Error(`Error in norm: invalid ord value: ${t}`)}throw new Error(`Error in norm: invalid axis: ${e}`)}var Ca=w({norm_:V2});function H2(r,t=null,e=!1){return Ca(r,"euclidean",t,e)}var ud=w({euclideanNorm_:H2});function q2(r){let e={x:x(r,"x","exp")};return y.runKernel("Exp",e)}var Bt=w({exp_:q2});function K2(r,t=0){let e=x(r,"x","expandDims","string_or_numeric");C(t<=e.rank,()=>"Axis must be <= rank of the tensor");let o={input:e},n={dim:t};return y.runKernel(Mo,o,n)}var zn=w({expandDims_:K2});function X2(r){let e={x:x(r,"x","expm1")};return y.runKernel(sr,e)}var _l=w({expm1_:X2});function j2(r,t){let e=x(r,"x","tile","string_or_numeric");C(e.rank===t.length,()=>`Error in transpose: rank of input ${e.rank} must match length of reps ${t}.`);let o={x:e},n={reps:t};return y.runKernel(gr,o,n)}var Ln=w({tile_:j2});function Y2(r){let e={x:x(r,"x","floor","float32")};return y.runKernel(ir,e)}var Us=w({floor_:Y2});function Z2(r,t,e=0,o=0){let n=x(r,"x","gather"),s=x(t,"indices","gather","int32"),i={x:n,indices:s},a={axis:e,batchDims:o};return y.runKernel(Go,i,a)}var va=w({gather_:Z2});function Q2(r,t){let e=x(r,"a","greater","string_or_numeric"),o=x(t,"b","greater","string_or_numeric");[e,o]=st(e,o),J(e.shape,o.shape);let n={a:e,b:o};return y.runKernel(Bo,n)}var Ot=w({greater_:Q2});function J2(r,t){let e=x(r,"a","greaterEqual","string_or_numeric"),o=x(t,"b","greaterEqual","string_or_numeric");[e,o]=st(e,o),J(e.shape,o.shape);let n={a:e,b:o};return y.runKernel(pr,n)}var Cr=w({greaterEqual_:J2});function t1(r){let e={input:x(r,"input","imag")};return y.runKernel(_i,e)}var On=w({imag_:t1});function e1(r){let e={x:x(r,"x","isFinite")};return y.runKernel(zo,e)}var Gl=w({isFinite_:e1});function r1(r){let e={x:x(r,"x","isInf")};return y.runKernel(Lo,e)}var Bl=w({isInf_:r1});function o1(r){let e={x:x(r,"x","isNaN")};return y.runKernel(Oo,e)}var zl=w({isNaN_:o1});function n1(r,t=.2){let o={x:x(r,"x","leakyRelu")},n={alpha:t};return y.runKernel(Uo,o,n)}var Ia=w({leakyRelu_:n1});function s1(r,t){let e=x(r,"a","less","string_or_numeric"),o=x(t,"b","less","string_or_numeric");[e,o]=st(e,o),J(e.shape,o.shape);let n={a:e,b:o};return y.runKernel(Wo,n)}var ka=w({less_:s1});function i1(r,t){let e=x(r,"a","lessEqual","string_or_numeric"),o=x(t,"b","lessEqual","string_or_numeric");[e,o]=st(e,o),J(e.shape,o.shape);let n={a:e,b:o};return y.runKernel(Vo,n)}var Be=w({lessEqual_:i1});function a1(r,t=5,e=1,o=1,n=.5){let s=x(r,"x","localResponseNormalization");C(s.rank===4||s.rank===3,()=>`Error in localResponseNormalization: x must be rank 3 or 4 but got
               rank ${s.rank}.`),C(Ue(t),()=>`Error in localResponseNormalization: depthRadius must be an integer but got depthRadius ${t}.`);let i=s,a=!1;s.rank===3&&(a=!0,i=D(s,[1,s.shape[0],s.shape[1],s.shape[2]]));let p={x:i},u={depthRadius:t,bias:e,alpha:o,beta:n},c=y.runKernel("LRN",p,u);return a?D(c,[c.shape[1],c.shape[2],c.shape[3]]):c}var ld=w({localResponseNormalization_:a1});function p1(r){let e={x:x(r,"x","log","float32")};return y.runKernel("Log",e)}var je=w({log_:p1});function u1(r){let e={x:x(r,"x","log1p")};return y.runKernel(Ho,e)}var Ol=w({log1p_:u1});function Vs(r,t){C(po(r),()=>"The f passed in variableGrads(f) must be a function"),C(t==null||Array.isArray(t)&&t.every(u=>u instanceof He),()=>"The varList passed in variableGrads(f, varList) must be an array of variables");let e=t!=null;if(!e){t=[];for(let u in y.registeredVariables)t.push(y.registeredVariables[u])}let o=e?t.filter(u=>!u.trainable):null,n=t.length;t=t.filter(u=>u.trainable),C(t.length>0,()=>`variableGrads() expects at least one of the input variables to be trainable, but none of the ${n} variables is trainable.`);let s=!0,{value:i,grads:a}=y.gradients(r,t,null,s);C(a.some(u=>u!=null),()=>"Cannot find a connection between any variable and the result of the loss function y=f(x). Please make sure the operations that use variables are inside the function f passed to minimize()."),C(i.rank===0,()=>`The f passed in variableGrads(f) must return a scalar, but it returned a rank-${i.rank} tensor`);let p={};return t.forEach((u,c)=>{a[c]!=null&&(p[u.name]=a[c])}),o?.forEach(u=>p[u.name]=null),{value:i,grads:p}}function Zt(r){return y.customGrad(r)}function l1(r){let e={x:x(r,"x","neg")};return y.runKernel("Neg",e)}var ft=w({neg_:l1});function c1(r){let e={x:x(r,"x","softplus")};return y.runKernel(dn,e)}var Hs=w({softplus_:c1});function m1(r){let t=x(r,"x","logSigmoid");return Zt(o=>({value:ft(Hs(ft(o))),gradFunc:i=>$(i,ve(ft(o)))}))(t)}var Ul=w({logSigmoid_:m1});function f1(r,t){let e=x(r,"a","sub"),o=x(t,"b","sub");[e,o]=st(e,o);let n={a:e,b:o};return y.runKernel("Sub",n)}var tt=w({sub_:f1});function d1(r,t=-1){let e=x(r,"logits","logSoftmax");if(t===-1&&(t=e.rank-1),t!==e.rank-1)throw Error(`Log Softmax along a non-last dimension is not yet supported. Logits was rank ${e.rank} and axis was ${t}`);return Zt((n,s)=>{let a=Ge(n,t,!0),p=tt(n,a),u=tt(z(p,"float32"),je(Z(Bt(p),t,!0)));return s([u]),{value:u,gradFunc:(l,m)=>{let[f]=m,d=!0,g=Bt(f);return tt(l,$(Z(l,t,d),g))}}})(e)}var Wl=w({logSoftmax_:d1});function h1(r,t=null,e=!1){let o=x(r,"x","logSumExp"),n=kt(t,o.shape),s=Ge(o,n,!0),i=tt(o,s),a=Bt(i),p=Z(a,n),u=je(p),c=H(D(s,u.shape),u);if(e){let l=_e(c.shape,n);return D(c,l)}return c}var cd=w({logSumExp_:h1});function g1(r,t){let e=x(r,"a","logicalAnd","bool"),o=x(t,"b","logicalAnd","bool");J(e.shape,o.shape);let n={a:e,b:o};return y.runKernel(Gi,n)}var Ye=w({logicalAnd_:g1});function x1(r){let e={x:x(r,"x","logicalNot","bool")};return y.runKernel(Bi,e)}var Un=w({logicalNot_:x1});function y1(r,t){let e=x(r,"a","logicalOr","bool"),o=x(t,"b","logicalOr","bool");J(e.shape,o.shape);let n={a:e,b:o};return y.runKernel(zi,n)}var Na=w({logicalOr_:y1});function b1(r,t){let e=x(r,"a","logicalXor","bool"),o=x(t,"b","logicalXor","bool");return J(e.shape,o.shape),Ye(Na(r,t),Un(Ye(r,t)))}var md=w({logicalXor_:b1});function w1(r,t,e,o,n){let s=x(r,"x","maxPool"),i=1,a=s,p=!1;s.rank===3&&(p=!0,a=D(s,[1,s.shape[0],s.shape[1],s.shape[2]])),C(a.rank===4,()=>`Error in maxPool: input must be rank 4 but got rank ${a.rank}.`),C(Mt(e,i),()=>`Error in maxPool: Either strides or dilations must be 1. Got strides ${e} and dilations '${i}'`),bt("maxPool",o,n);let u={x:a},c={filterSize:t,strides:e,pad:o,dimRoundingMode:n},l=y.runKernel(qo,u,c);return p?D(l,[l.shape[1],l.shape[2],l.shape[3]]):l}var Da=w({maxPool_:w1});function S1(r,t){let e=x(r,"a","maximum"),o=x(t,"b","maximum");[e,o]=st(e,o),e.dtype==="bool"&&(e=z(e,"int32"),o=z(o,"int32")),J(e.shape,o.shape);let n={a:e,b:o};return y.runKernel(ur,n)}var Wn=w({maximum_:S1});function C1(r,t=null,e=!1){let n={x:x(r,"x","mean")},s={axis:t,keepDims:e};return y.runKernel(Ko,n,s)}var Ze=w({mean_:C1});function ke(r,t="float32"){if(zt(r),t==="complex64"){let o=ke(r,"float32"),n=ke(r,"float32");return Ce(o,n)}let e=lo(mt(r),t);return y.makeTensor(e,r,t)}function Wr(r,t="float32"){if(zt(r),t==="complex64"){let o=Wr(r,"float32"),n=ke(r,"float32");return Ce(o,n)}let e=ys(mt(r),t);return y.makeTensor(e,r,t)}function v1(r,t){let e=x(r,"a","minimum"),o=x(t,"b","minimum");[e,o]=st(e,o),e.dtype==="bool"&&(e=z(e,"int32"),o=z(o,"int32")),J(e.shape,o.shape);let n={a:e,b:o};return y.runKernel(lr,n)}var fd=w({minimum_:v1});function I1(r,t,e){C(e==="reflect"||e==="symmetric",()=>`Invalid mode. Mode must be either reflect or symmetric. Got ${e}.`);let o=x(r,"x","mirrorPad");if(o.rank===0)throw new Error("mirrorPad(scalar) is not defined. Pass non-scalar to mirrorPad");C(t.length===o.rank,()=>`Padding doesn't match input. Must be ${o.rank}. Got ${t.length}.`);let n=e==="reflect"?1:0;for(let a=0;a<o.rank;a++)C(t[a].length===2,()=>"Invalid number of paddings. Must be length of 2 each."),C(t[a][0]>=0&&t[a][0]<=o.shape[a]-n&&t[a][1]>=0&&t[a][1]<=o.shape[a]-n,()=>`Padding in dimension ${a} cannot be greater than or equal to ${o.shape[a]-n} or less than 0 for input of shape ${o.shape}`);let s={paddings:t,mode:e},i={x:o};return y.runKernel(Xo,i,s)}var dd=w({mirrorPad_:I1});function k1(r,t){let e=x(r,"a","mod"),o=x(t,"b","mod");[e,o]=st(e,o);let n={a:e,b:o};return y.runKernel("Mod",n)}var hd=w({mod_:k1});function T1(r,t=null,e=!1){r=x(r,"x","moments");let o=kt(t,r.shape),n=Ze(r,o,e),s=n.shape;e||(s=_e(n.shape,o));let i=et(tt(z(r,"float32"),D(n,s))),a=Ze(i,o,e);return{mean:n,variance:a}}var Hl=w({moments_:T1});function N1(r,t){let e=x(r,"a","notEqual","string_or_numeric"),o=x(t,"b","notEqual","string_or_numeric");[e,o]=st(e,o),J(e.shape,o.shape);let n={a:e,b:o};return y.runKernel(jo,n)}var gd=w({notEqual_:N1});function D1(r,t,e=1,o=0,n="int32"){if(t<2)throw new Error(`Error in oneHot: depth must be >=2, but it is ${t}`);let i={indices:x(r,"indices","oneHot","int32")},a={dtype:n,depth:t,onValue:e,offValue:o};return y.runKernel(Zo,i,a)}var xd=w({oneHot_:D1});function E1(r){let e={x:x(r,"x","onesLike")};return y.runKernel(Yo,e)}var ql=w({onesLike_:E1});function $1(r,t,e=0){let o=x(r,"x","pad");if(o.rank===0)throw new Error("pad(scalar) is not defined. Pass non-scalar to pad");let n={paddings:t,constantValue:e},s={x:o};return y.runKernel(Jo,s,n)}var Ea=w({pad_:$1});function R1(r,t,e){let o=x(r,"x","spaceToBatchND");C(o.rank>=1+t.length,()=>`input rank ${o.rank} should be > than [blockShape] ${t.length}`),C(e.length===t.length,()=>`paddings.shape[0] ${e.length} must be equal to [blockShape] ${t.length}`),C(o.shape.reduce((i,a,p)=>p>0&&p<=t.length?i&&(a+e[p-1][0]+e[p-1][1])%t[p-1]===0:i,!0),()=>`input spatial dimensions ${o.shape.slice(1)} with paddings ${e.toString()} must be divisible by blockShapes ${t.toString()}`);let n={x:o},s={blockShape:t,paddings:e};return y.runKernel(hn,n,s)}var Vn=w({spaceToBatchND_:R1});function A1(r,t,e,o,n,s,i){n==null&&(n=[1,1]),s==null&&(s=1),o===0&&(o="valid");let a=x(r,"x","maxPool"),p=a,u=!1;a.rank===3&&(u=!0,p=D(a,[1,a.shape[0],a.shape[1],a.shape[2]])),C(Mt(s,n),()=>`Error in pool: Either strides or dilations must be 1. Got strides ${s} and dilations '${n}'`);let c=Sl(p.shape,t,s,n,o),l=[c.dilationHeight,c.dilationWidth],m;o==="same"?m=P1([c.filterHeight,c.filterWidth],l):m=[[0,0],[0,0]];let f=l[0]===1&&l[1]===1,[d,g]=F1([c.inHeight,c.inWidth],l,m),h=f?o:"valid",S=f?p:Vn(p,l,d),k=(e==="avg"?()=>ya(S,t,s,h,i):()=>Da(S,t,s,h,i))(),v=f?k:Fn(k,l,g);return u?D(v,[v.shape[1],v.shape[2],v.shape[3]]):v}function F1(r,t,e){let o=e.map(c=>c[0]),n=e.map(c=>c[1]),s=r.concat(o,n),i=t.map((c,l)=>(c-s[l]%c)%c),a=n.map((c,l)=>c+i[l]),p=t.map((c,l)=>[o[l],a[l]]),u=t.map((c,l)=>[0,i[l]]);return[p,u]}function P1(r,t){let o=r.map((i,a)=>i+(i-1)*(t[a]-1)).map(i=>i-1),n=o.map(i=>Math.floor(i/2)),s=o.map((i,a)=>i-n[a]);return o.map((i,a)=>[n[a],s[a]])}var yd=w({pool_:A1});function M1(r,t){let e=x(r,"x","prelu"),o=x(t,"alpha","prelu"),n={x:e,alpha:o};return y.runKernel(tn,n)}var $a=w({prelu_:M1});function _1(r,t=null,e=!1){let o=x(r,"x","prod");o.dtype==="bool"&&(o=z(o,"int32"));let n={x:o},s={axis:t,keepDims:e};return y.runKernel(Rr,n,s)}var bd=w({prod_:_1});var Gd=ym(_d());var Aa=class{constructor(t,e,o,n,s){this.mean=t,this.stdDev=e,this.dtype=o,this.nextVal=NaN,this.truncated=n,this.truncated&&(this.upper=this.mean+this.stdDev*2,this.lower=this.mean-this.stdDev*2);let i=s||Math.random();this.random=Gd.alea(i.toString())}nextValue(){if(!isNaN(this.nextVal)){let n=this.nextVal;return this.nextVal=NaN,n}let t,e,o=!1;for(;!o;){let n,s,i;do n=2*this.random()-1,s=2*this.random()-1,i=n*n+s*s;while(i>=1||i===0);let a=Math.sqrt(-2*Math.log(i)/i);t=this.mean+this.stdDev*n*a,e=this.mean+this.stdDev*s*a,(!this.truncated||this.isValidTruncated(t))&&(o=!0)}return(!this.truncated||this.isValidTruncated(e))&&(this.nextVal=this.convertValue(e)),this.convertValue(t)}convertValue(t){return this.dtype==null||this.dtype==="float32"?t:Math.round(t)}isValidTruncated(t){return t<=this.upper&&t>=this.lower}};function W1(r,t=0,e=1,o,n){if(zt(r),o!=null&&o==="bool")throw new Error(`Unsupported data type ${o}`);let s=new Aa(t,e,o,!1,n),i=pt(r,o);for(let a=0;a<i.values.length;a++)i.values[a]=s.nextValue();return i.toTensor()}var Fa=w({randomNormal_:W1});function Jl(r,t,e=1,o="float32"){if(e===0)throw new Error("Cannot have a step of zero");let n={start:r,stop:t,step:e,dtype:o};return y.runKernel(qi,{},n)}function V1(r){let e={input:x(r,"input","real")};return y.runKernel(Cs,e)}var Hr=w({real_:V1});function H1(r){let e={x:x(r,"x","reciprocal")};return y.runKernel(en,e)}var tc=w({reciprocal_:H1});function q1(r){let e={x:x(r,"x","relu")};return y.runKernel(rn,e)}var Pa=w({relu_:q1});function K1(r){let e={x:x(r,"x","relu6")};return y.runKernel(an,e)}var Ma=w({relu6_:K1});function X1(r,t){let o={x:x(r,"x","reverse")},n={dims:t};return y.runKernel(pn,o,n)}var qr=w({reverse_:X1});function j1(r){let e={x:x(r,"x","round")};return y.runKernel(un,e)}var Ks=w({round_:j1});function Y1(r){let e={x:x(r,"x","rsqrt","float32")};return y.runKernel(mr,e)}var Kr=w({rsqrt_:Y1});function Z1(r){let e={x:x(r,"x","selu")};return y.runKernel(cn,e)}var Bd=w({selu_:Z1});function Q1(r,t,e,o,n,s=[1,1],i="NHWC"){let a=x(r,"x","separableConv2d"),p=x(t,"depthwiseFilter","separableConv2d"),u=x(e,"pointwiseFilter","separableConv2d"),c=a,l=!1;if(a.rank===3&&(l=!0,c=D(a,[1,a.shape[0],a.shape[1],a.shape[2]])),i==="NCHW")throw new Error("separableConv2d currently does not support dataFormat NCHW; only NHWC is supported");C(c.rank===4,()=>`Error in separableConv2d: input must be rank 4, but got rank ${c.rank}.`),C(p.rank===4,()=>`Error in separableConv2d: depthwise filter must be rank 4, but got rank ${p.rank}.`),C(u.rank===4,()=>`Error in separableConv2d: pointwise filter must be rank 4, but got rank ${p.rank}.`),C(u.shape[0]===1,()=>`Error in separableConv2d: the first dimension of pointwise filter  must be 1, but got ${u.shape[0]}.`),C(u.shape[1]===1,()=>`Error in separableConv2d: the second dimension of pointwise filter must be 1, but got ${u.shape[1]}.`);let m=p.shape[2],f=p.shape[3];C(u.shape[2]===m*f,()=>`Error in separableConv2d: the third dimension of pointwise filter must be ${m*f}, but got ${u.shape[2]}.`);let d=_n(c,p,o,n,i,s),h=Me(d,u,1,"valid",i);return l?D(h,[h.shape[1],h.shape[2],h.shape[3]]):h}var zd=w({separableConv2d_:Q1});function J1(r){let e={x:x(r,"x","sign")};return y.runKernel(fn,e)}var ec=w({sign_:J1});function tv(r){let e={x:x(r,"x","sin","float32")};return y.runKernel("Sin",e)}var Xs=w({sin_:tv});function ev(r){let e={x:x(r,"x","sinh")};return y.runKernel(mn,e)}var js=w({sinh_:ev});function rv(r,t=-1){let e=x(r,"logits","softmax","float32");if(t===-1&&(t=e.rank-1),t!==e.rank-1)throw Error(`Softmax along a non-last dimension is not yet supported. Logits was rank ${e.rank} and dim was ${t}`);let o={logits:e},n={dim:t};return y.runKernel(xn,o,n)}var Ys=w({softmax_:rv});function ov(r){C(r.dtype==="complex64",()=>`The dtype for tf.spectral.fft() must be complex64 but got ${r.dtype}.`);let t={input:r};return y.runKernel("FFT",t)}var Zs=w({fft_:ov});function nv(r){C(r.dtype==="complex64",()=>`The dtype for tf.spectral.ifft() must be complex64 but got ${r.dtype}.`);let t={input:r};return y.runKernel(Mi,t)}var Hn=w({ifft_:nv});function sv(r){let t=r.shape[r.shape.length-1],e=r.size/t,o;if(t<=2){let n=D(r,[e,t]);o=Hn(n)}else{let n=[e,2*(t-1)],s=D(Hr(r),[e,t]),i=D(On(r),[e,t]),a=qr(Dt(s,[0,1],[e,t-2]),1),p=$(qr(Dt(i,[0,1],[e,t-2]),1),nt(-1)),u=de([s,a],1),c=de([i,p],1),l=D(Ce(u,c),[n[0],n[1]]);o=Hn(l)}if(o=Hr(o),r.rank===3&&r.shape[0]!==0){let n=o,s=r.shape[0];o=D(o,[s,o.shape[0]/s,o.shape[1]]),n.dispose()}return o}var oc=w({irfft_:sv});function iv(r,t,e=0){let n={x:x(r,"x","split")},s={numOrSizeSplits:t,axis:e};return y.runKernel(gn,n,s)}var ge=w({split_:iv});function av(r,t){C(r.dtype==="float32",()=>`The dtype for rfft() must be real value but got ${r.dtype}`);let e=r.shape[r.shape.length-1],o=r.size/e,n;if(t!=null&&t<e){let d=r.shape.map(h=>0),g=r.shape.map(h=>h);g[r.shape.length-1]=t,n=Dt(r,d,g),e=t}else if(t!=null&&t>e){let d=r.shape.map(g=>g);d[r.shape.length-1]=t-e,n=de([r,ke(d)],r.shape.length-1),e=t}else n=r;let s=j(n),i=D(Ce(n,s),[o,e]),a=Zs(i),p=Math.floor(e/2)+1,u=Hr(a),c=On(a),l=ge(u,[p,e-p],u.shape.length-1),m=ge(c,[p,e-p],c.shape.length-1),f=n.shape.slice();return f[n.shape.length-1]=p,D(Ce(l[0],m[0]),f)}var nc=w({rfft_:av});function pv(r,t){let e=x(r,"a","squaredDifference"),o=x(t,"b","squaredDifference");[e,o]=st(e,o),J(e.shape,o.shape);let n={a:e,b:o},s={};return y.runKernel(hr,n,s)}var Od=w({squaredDifference_:pv});function uv(r,t){let e=x(r,"x","squeeze","string_or_numeric");return D(e,_u(e.shape,t).newShape)}var Ud=w({squeeze_:uv});function lv(r,t=0){let e=la(r,"tensors","stack","string_or_numeric");C(e.length>=1,()=>"Pass at least one tensor to tf.stack"),e.length>0&&C(t<=e[0].rank,()=>"Axis must be <= rank of the tensor");let o=e,n={axis:t};return y.runKernel(Qo,o,n)}var qn=w({stack_:lv});function cv(r,t=0){let o={x:x(r,"x","step")},n={alpha:t};return y.runKernel(Cn,o,n)}var Te=w({step_:cv});function mv(r,t,e,o,n=0,s=0,i=0,a=0,p=0){let c={x:x(r,"x","stridedSlice","string_or_numeric")},l={begin:t,end:e,strides:o,beginMask:n,endMask:s,ellipsisMask:i,newAxisMask:a,shrinkAxisMask:p};return y.runKernel(Yi,c,l)}var sc=w({stridedSlice_:mv});function fv(r){let e={x:x(r,"x","tan","float32")};return y.runKernel("Tan",e)}var ac=w({tan_:fv});function Ut(r,t){Mu(r);let e=Rs(r,t);if(e.length!==1)throw new Error("tensor1d() requires values to be a flat/TypedArray");return En(r,null,e,t)}function Wd(r,t,e){let o=t.rank>1?t.shape[t.rank-1]:1,n=t.rank>1?t.rank-1:1,s=`Must have updates.shape = indices.shape[:batchDim] + shape[sliceDim:], got updates.shape: ${e.shape}, indices.shape: ${t.shape}, shape: ${r}, sliceDim: ${o}, and batchDim: ${n}.`;if(e.rank<n)throw new Error(s+` update.rank < ${n}. `);if(r.length<o+(e.rank-n))throw new Error(s+` Output shape length < ${o+(e.rank-n)}`);if(e.rank!==n+r.length-o)throw new Error(s+` update.rank != ${n+r.length-o}`);for(let i=0;i<n;++i)if(e.shape[i]!==t.shape[i])throw new Error(s+` updates.shape[${i}] (${e.shape[i]}) != indices.shape[${i}] (${t.shape[i]}).`);for(let i=0;i<e.rank-n;++i)if(e.shape[i+n]!==r[i+o])throw new Error(s+` updates.shape[${i+n}] (${e.shape[i+n]}) != shape[${i+n}] (${r[i+n]})`)}function dv(r,t,e){if(t.rank<1)throw new Error(`tf.scatterND() expects the indices to be rank 1 or higher, but the rank was ${t.rank}.`);if(r.rank<1)throw new Error(`tf.scatterND() expects the updates to be rank 1 or higher, but the rank was ${r.rank}.`);if(t.dtype!=="int32")throw new Error(`The dtype of 'indices' should be int32, but got dtype: ${t.dtype}`);if(e.length<1)throw new Error(`Output rank must be greater or equal to 1, but got shape: ${e}`);if(e.length===0){if(t.size===0)throw new Error(`Indices specified for empty output. indices shape: ${t.shape}`);if(r.size===0)throw new Error(`Updates specified for empty output. updates shape: ${r.shape}`)}Wd(e,t,r)}function hv(r,t,e){let o=t.shape.length,n=o>1?t.shape[o-1]:1,s=e.length,i=1;for(let l=n;l<s;++l)i*=e[l];let a=n<1?1:n,p=mt(t.shape)/a,u=[...$e(e.slice(0,n)),1],c=mt(e);return{sliceRank:n,numUpdates:p,sliceSize:i,strides:u,outputSize:c}}function gv(r,t=1,e=!0){let o=x(r,"x","topk");if(o.rank===0)throw new Error("topk() expects the input to be of rank 1 or higher");let n=o.shape[o.shape.length-1];if(t<0)throw new Error(`'k' passed to topk() must be >= 0 but got ${t}`);if(t>n)throw new Error(`'k' passed to topk() must be <= the last dimension (${n}) but got ${t}`);let s={x:o},i={k:t,sorted:e},[a,p]=y.runKernel(Zi,s,i);return{values:a,indices:p}}var Vd=w({topk_:gv});function xv(r,t=0){let e=x(r,"x","unique","string_or_numeric");C(e.rank>0,()=>"The input tensor must be at least 1D");let o={x:e},n={axis:t},[s,i]=y.runKernel(Hm,o,n);return{values:s,indices:i}}var Hd=w({unique_:xv});function yv(r,t,e){let o=x(r,"x","unsortedSegmentSum"),n=x(t,"segmentIds","unsortedSegmentSum","int32");C(Ue(e),()=>"numSegments must be of dtype int");let s={x:o,segmentIds:n},i={numSegments:e};return y.runKernel(wn,s,i)}var _a=w({unsortedSegmentSum_:yv});function bv(r,t=0){let e=x(r,"x","unstack","string_or_numeric");C(t>=-e.shape.length&&t<e.shape.length,()=>`Axis = ${t} is not in [-${e.shape.length}, ${e.shape.length})`);let o={value:e},n={axis:t};return y.runKernel(bn,o,n)}var Ga=w({unstack_:bv});function pc(r,t=!0,e,o){return y.makeVariable(r,t,e,o)}function qd(r,t){let e=[];for(let s=0;s<t.length;s++)t[s]&&e.push(s);let o=pt(r,"int32"),n=pt([e.length,r.length],"int32");for(let s=0;s<e.length;s++){let i=o.indexToLoc(e[s]),a=s*r.length;n.values.set(i,a)}return n.toTensor()}function wv(r,t,e){let o=x(r,"x","transpose");if(t==null&&(t=o.shape.map((i,a)=>a).reverse()),C(o.rank===t.length,()=>`Error in transpose: rank of input ${o.rank} must match length of perm ${t}.`),t.forEach(i=>{C(i>=0&&i<o.rank,()=>`All entries in 'perm' must be between 0 and ${o.rank-1} but got ${t}`)}),o.rank<=1)return o.clone();let n={x:o},s={perm:t};return o.dtype==="complex64"?ut(()=>{let i=Hr(o),a=On(o);return i=y.runKernel(xr,{x:i},s),a=y.runKernel(xr,{x:a},s),e&&(a=ft(a)),Ce(i,a)}):y.runKernel(xr,n,s)}var Qt=w({transpose_:wv});var La={};rr(La,{conv2d:()=>Kd,depthwiseConv2d:()=>Xd,matMul:()=>jd});function Sv(r,t,e,o,n,s="NHWC",i){let a=r;r.rank===3&&(a=D(r,[1,r.shape[0],r.shape[1],r.shape[2]]));let p=t;p.rank===3&&(p=D(t,[1,t.shape[0],t.shape[1],t.shape[2]])),C(a.rank===4,()=>`Error in conv2dDerFilter: input must be rank 4, but got shape ${a.shape}.`),C(p.rank===4,()=>`Error in conv2dDerFilter: dy must be rank 4, but got shape ${p.shape}.`),C(e.length===4,()=>`Error in conv2dDerFilter: filterShape must be length 4, but got ${e}.`);let u=s==="NHWC"?a.shape[3]:a.shape[1],c=s==="NHWC"?p.shape[3]:p.shape[1];C(u===e[2],()=>`Error in conv2dDerFilter: depth of input ${u}) must match input depth in filter (${e[2]}.`),C(c===e[3],()=>`Error in conv2dDerFilter: depth of dy (${c}) must match output depth for filter (${e[3]}).`),bt("conv2dDerFilter",n,i);let l={x:a,dy:p},m={strides:o,pad:n,dataFormat:s,dimRoundingMode:i,filterShape:e};return y.runKernel(wi,l,m)}var Kn=w({conv2DBackpropFilter_:Sv});function Xr(r,t,e){if(e==null||e==="linear")return r;if(e==="relu")return $(r,Te(t));throw new Error(`Cannot compute gradient for fused activation ${e}.`)}function jr(r,t){let e=t,o=ct(r.shape,t.shape);return o.length>0&&(e=Z(e,o)),D(e,r.shape)}function Yr(r,t,e,o){if(t==="linear")return r;if(t==="relu")return Pa(r);if(t==="elu")return Sa(r);if(t==="relu6")return Ma(r);if(t==="prelu")return $a(r,e);if(t==="leakyrelu")return Ia(r,o);if(t==="sigmoid")return ve(r);throw new Error(`Unknown fused activation ${t}.`)}var Zr=(r,t)=>!(r>0)||t==="linear";function Cv({x:r,filter:t,strides:e,pad:o,dataFormat:n="NHWC",dilations:s=[1,1],dimRoundingMode:i,bias:a,activation:p="linear",preluActivationWeights:u,leakyreluAlpha:c}){if(p=p||"linear",Zr(y.state.gradientDepth,p)===!1){C(n==="NHWC",()=>`Error in fused conv2d: got dataFormat of ${n} but only NHWC is currently supported for the case of gradient depth is 0 and the activation is not linear.`);let R=Me(r,t,e,o,n,s,i);return a!=null&&(R=H(R,a)),Yr(R,p,u,c)}let l=x(r,"x","conv2d","float32"),m=x(t,"filter","conv2d","float32"),f=l,d=!1;l.rank===3&&(d=!0,f=D(l,[1,l.shape[0],l.shape[1],l.shape[2]])),C(f.rank===4,()=>`Error in fused conv2d: input must be rank 4, but got rank ${f.rank}.`),C(m.rank===4,()=>`Error in fused conv2d: filter must be rank 4, but got rank ${m.rank}.`),bt("fused conv2d",o,i);let g=n==="NHWC"?f.shape[3]:f.shape[1];C(m.shape[2]===g,()=>`Error in conv2d: depth of input (${g}) must match input depth for filter ${m.shape[2]}.`),C(Mt(e,s),()=>`Error in conv2D: Either strides or dilations must be 1. Got strides ${e} and dilations '${s}'`);let h=Lr(f.shape,m.shape,e,s,o,i),S;a!=null&&(S=x(a,"bias","fused conv2d"),[S]=st(S,l),n==="NHWC"?J(h.outShape,S.shape):(C(S.shape.length<=1,()=>`Error in fused conv2d: only supports scalar or 1-D Tensor bias for NCHW format but got the bias of rank-${S.shape.length}.`),C(S.shape.length===0||S.shape[0]===h.outChannels||S.shape[0]===1,()=>`Error in fused conv2d: bias shape (${S.shape}) is not compatible with the number of output channels (${h.outChannels})`)));let T;if(u!=null){let R=u.shape;if(C(R.length<=1||R.length===3,()=>`Error in fused conv2d: only supports scalar, 1-D Tensor or 3-D Tensor PReLU activation weights but got a tensor of rank-${R.length}.`),R.length===1)C(R[0]===1||R[0]===h.outChannels,()=>`Error in fused conv2d: PReLU activation weights (${R}) is not compatible with the number of output channels (${h.outChannels}).`);else if(R.length===3)try{J(R,h.outShape)}catch{let G=`Error in fused conv2d: PReLU activation weights (${R}) is not compatible with the output shape of the conv2d (${h.outShape}).`;throw Error(G)}T=x(u,"prelu weights","fused conv2d")}let k=(R,P)=>{C(n==="NHWC",()=>`Error in gradient of fused conv2D: got dataFormat of ${n} but only NHWC is currently supported.`);let[G,B,L,U]=P,X=Xr(R,L,p);C(se(s),()=>`Error in gradient of fused conv2D: dilation rates greater than 1 are not yet supported in gradients. Got dilations '${s}'`);let Q=Mn(B.shape,X,G,e,o),ot=Kn(B,X,G.shape,e,o),it=[Q,ot];if(U!=null){let gt=jr(U,X);it.push(gt)}return it},v={x:f,filter:m,bias:S,preluActivationWeights:T},N={strides:e,pad:o,dataFormat:n,dilations:s,dimRoundingMode:i,activation:p,leakyreluAlpha:c};return a==null?Zt((P,G,B)=>{let L=y.runKernel(Is,v,N);return B([G,P,L]),d&&(L=D(L,[L.shape[1],L.shape[2],L.shape[3]])),{value:L,gradFunc:k}})(f,m):Zt((P,G,B,L)=>{let U=y.runKernel(Is,v,N);return L([G,P,U,B]),d&&(U=D(U,[U.shape[1],U.shape[2],U.shape[3]])),{value:U,gradFunc:k}})(f,m,S)}var Kd=w({fusedConv2d_:Cv});function vv(r,t,e,o,n,s=[1,1],i){let a=r;r.rank===3&&(a=D(r,[1,r.shape[0],r.shape[1],r.shape[2]]));let p=t;p.rank===3&&(p=D(t,[1,t.shape[0],t.shape[1],t.shape[2]]));let u={x:a,dy:p},c={strides:o,pad:n,dimRoundingMode:i,dilations:s,filterShape:e};return y.runKernel(Ni,u,c)}var Ba=w({depthwiseConv2dNativeBackpropFilter_:vv});function Iv(r,t,e,o,n,s=[1,1],i){let a=t,p=!1;t.rank===3&&(p=!0,a=D(t,[1,t.shape[0],t.shape[1],t.shape[2]]));let u={dy:a,filter:e},c={strides:o,pad:n,dimRoundingMode:i,dilations:s,inputShape:r},l=y.runKernel(Di,u,c);return p?D(l,[l.shape[1],l.shape[2],l.shape[3]]):l}var za=w({depthwiseConv2dNativeBackpropInput_:Iv});function kv({x:r,filter:t,strides:e,pad:o,dataFormat:n="NHWC",dilations:s=[1,1],dimRoundingMode:i,bias:a,activation:p="linear",preluActivationWeights:u,leakyreluAlpha:c}){if(Zr(y.state.gradientDepth,p)===!1){let N=_n(r,t,e,o,n,s,i);return a!=null&&(N=H(N,a)),Yr(N,p,u,c)}let l=x(r,"x","depthwiseConv2d","float32"),m=x(t,"filter","depthwiseConv2d","float32"),f=l,d=!1;l.rank===3&&(d=!0,f=D(l,[1,l.shape[0],l.shape[1],l.shape[2]])),C(f.rank===4,()=>`Error in fused depthwiseConv2d: input must be rank 4, but got rank ${f.rank}.`),C(m.rank===4,()=>`Error in fused depthwiseConv2d: filter must be rank 4, but got rank ${m.rank}.`),C(f.shape[3]===m.shape[2],()=>`Error in fused depthwiseConv2d: number of input channels (${f.shape[3]}) must match the inChannels dimension in filter ${m.shape[2]}.`),s==null&&(s=[1,1]),C(Mt(e,s),()=>`Error in fused depthwiseConv2d: Either strides or dilations must be 1. Got strides ${e} and dilations '${s}'`),bt("fused depthwiseConv2d",o,i);let g=Lr(f.shape,m.shape,e,s,o,i,!0),h;a!=null&&(h=x(a,"bias","fused conv2d"),[h]=st(h,l),J(g.outShape,h.shape));let S;u!=null&&(S=x(u,"prelu weights","fused depthwiseConv2d"));let T=(N,R)=>{C(se(s),()=>`Error in gradient of fused depthwiseConv2d: dilation rates greater than 1 are not yet supported. Got dilations '${s}'`);let[P,G,B,L]=R,U=Xr(N,B,p),X=za(G.shape,U,P,e,o,s,i),Q=Ba(G,U,P.shape,e,o,s,i);if(L!=null){let ot=jr(h,U);return[X,Q,ot]}return[X,Q]},k={x:f,filter:m,bias:h,preluActivationWeights:S},v={strides:e,pad:o,dataFormat:n,dilations:s,dimRoundingMode:i,activation:p,leakyreluAlpha:c};return a==null?Zt((R,P,G)=>{let B=y.runKernel(ks,k,v);return G([P,R,B]),d&&(B=D(B,[B.shape[1],B.shape[2],B.shape[3]])),{value:B,gradFunc:T}})(f,m):Zt((R,P,G,B)=>{let L=y.runKernel(ks,k,v);return B([P,R,L,G]),d&&(L=D(L,[L.shape[1],L.shape[2],L.shape[3]])),{value:L,gradFunc:T}})(f,m,h)}var Xd=w({fusedDepthwiseConv2d_:kv});function Tv({a:r,b:t,transposeA:e=!1,transposeB:o=!1,bias:n,activation:s="linear",preluActivationWeights:i,leakyreluAlpha:a=.2}){if(Zr(y.state.gradientDepth,s)===!1){let U=lt(r,t,e,o);return n!=null&&(U=H(U,n)),Yr(U,s,i,a)}let p=x(r,"a","fused matMul"),u=x(t,"b","fused matMul");[p,u]=st(p,u);let c=e?p.shape[p.rank-2]:p.shape[p.rank-1],l=o?u.shape[u.rank-1]:u.shape[u.rank-2],m=e?p.shape[p.rank-1]:p.shape[p.rank-2],f=o?u.shape[u.rank-2]:u.shape[u.rank-1],d=p.shape.slice(0,-2),g=u.shape.slice(0,-2),h=mt(d),S=mt(g);C(c===l,()=>`Error in fused matMul: inner shapes (${c}) and (${l}) of Tensors with shapes ${p.shape} and ${u.shape} and transposeA=${e} and transposeB=${o} must match.`);let k=J(p.shape.slice(0,-2),u.shape.slice(0,-2)).concat([m,f]),v=e?D(p,[h,c,m]):D(p,[h,m,c]),N=o?D(u,[S,f,l]):D(u,[S,l,f]),R;n!=null&&(R=x(n,"bias","fused matMul"),[R]=st(R,p),J(k,R.shape));let P;i!=null&&(P=x(i,"prelu weights","fused matMul"));let G=(U,X)=>{let[Q,ot,it,gt]=X,oe=Xr(D(U,it.shape),it,s),ne,le;if(!e&&!o?(ne=lt(oe,ot,!1,!0),le=lt(Q,oe,!0,!1)):!e&&o?(ne=lt(oe,ot,!1,!1),le=lt(oe,Q,!0,!1)):e&&!o?(ne=lt(ot,oe,!1,!0),le=lt(Q,oe,!1,!1)):(ne=lt(ot,oe,!0,!0),le=lt(oe,Q,!0,!0)),n!=null){let Tr=jr(gt,oe);return[ne,le,Tr]}else return[ne,le]},B={a:v,b:N,bias:R,preluActivationWeights:P},L={transposeA:e,transposeB:o,activation:s,leakyreluAlpha:a};return n==null?Zt((X,Q,ot)=>{let it=y.runKernel(vs,B,L);return ot([X,Q,it]),{value:D(it,k),gradFunc:G}})(v,N):Zt((X,Q,ot,it)=>{let gt=y.runKernel(vs,B,L);return it([X,Q,gt,ot]),{value:D(gt,k),gradFunc:G}})(v,N,R)}var jd=w({fusedMatMul_:Tv});function Nv(r,t,e,o,n="bilinear",s=0){let i=x(r,"image","cropAndResize"),a=x(t,"boxes","cropAndResize","float32"),p=x(e,"boxInd","cropAndResize","int32"),u=a.shape[0];C(i.rank===4,()=>`Error in cropAndResize: image must be rank 4,but got rank ${i.rank}.`),C(a.rank===2&&a.shape[1]===4,()=>`Error in cropAndResize: boxes must be have size [${u},4] but had shape ${a.shape}.`),C(p.rank===1&&p.shape[0]===u,()=>`Error in cropAndResize: boxInd must be have size [${u}] but had shape ${a.shape}.`),C(o.length===2,()=>`Error in cropAndResize: cropSize must be of length 2, but got length ${o.length}.`),C(o[0]>=1&&o[1]>=1,()=>`cropSize must be atleast [1,1], but was ${o}`),C(n==="bilinear"||n==="nearest",()=>`method must be bilinear or nearest, but was ${n}`);let c={image:i,boxes:a,boxInd:p},l={method:n,extrapolationValue:s,cropSize:o};return y.runKernel(ki,c,l)}var Yd=w({cropAndResize_:Nv});function Dv(r){let t=x(r,"image","flipLeftRight","float32");C(t.rank===4,()=>`Error in flipLeftRight: image must be rank 4,but got rank ${t.rank}.`);let e={image:t};return y.runKernel(Pi,e,{})}var Zd=w({flipLeftRight_:Dv});function Ev(r){let t=x(r,"image","grayscaleToRGB"),e=t.rank-1,o=t.shape[e];C(t.rank>=2,()=>`Error in grayscaleToRGB: images must be at least rank 2, but got rank ${t.rank}.`),C(o===1,()=>`Error in grayscaleToRGB: last dimension of a grayscale image should be size 1, but got size ${o}.`);let n=new Array(t.rank);return n.fill(1,0,e),n[e]=3,Ln(t,n)}var Qd=w({grayscaleToRGB_:Ev});function $v(r){let t=x(r,"image","RGBToGrayscale"),e=t.rank-1,o=t.shape[e];C(t.rank>=2,()=>`Error in RGBToGrayscale: images must be at least rank 2, but got rank ${t.rank}.`),C(o===3,()=>`Error in RGBToGrayscale: last dimension of an RGB image should be size 3, but got size ${o}.`);let n=t.dtype,s=z(t,"float32"),i=Ut([.2989,.587,.114]),a;switch(t.rank){case 2:a=Bn("ij,j->i",s,i);break;case 3:a=Bn("ijk,k->ij",s,i);break;case 4:a=Bn("ijkl,l->ijk",s,i);break;case 5:a=Bn("ijklm,m->ijkl",s,i);break;case 6:a=Bn("ijklmn,n->ijklm",s,i);break;default:throw new Error("Not a valid tensor rank.")}return a=zn(a,-1),z(a,n)}var Jd=w({rgbToGrayscale_:$v});function Rv(r,t,e=0,o=.5){let n=x(r,"image","rotateWithOffset","float32");C(n.rank===4,()=>`Error in rotateWithOffset: image must be rank 4,but got rank ${n.rank}.`);let s={image:n},i={radians:t,fillValue:e,center:o};return y.runKernel(Ji,s,i)}var th=w({rotateWithOffset_:Rv});function xe(r,t,e,o,n,s){o==null&&(o=.5),n==null&&(n=Number.NEGATIVE_INFINITY),s==null&&(s=0);let i=r.shape[0];return e=Math.min(e,i),C(0<=o&&o<=1,()=>`iouThreshold must be in [0, 1], but was '${o}'`),C(r.rank===2,()=>`boxes must be a 2D tensor, but was of rank '${r.rank}'`),C(r.shape[1]===4,()=>`boxes must have 4 columns, but 2nd dimension was ${r.shape[1]}`),C(t.rank===1,()=>"scores must be a 1D tensor"),C(t.shape[0]===i,()=>`scores has incompatible shape with boxes. Expected ${i}, but was ${t.shape[0]}`),C(0<=s&&s<=1,()=>`softNmsSigma must be in [0, 1], but was '${s}'`),{maxOutputSize:e,iouThreshold:o,scoreThreshold:n,softNmsSigma:s}}function Av(r,t,e,o=.5,n=Number.NEGATIVE_INFINITY){let s=x(r,"boxes","nonMaxSuppression","float32"),i=x(t,"scores","nonMaxSuppression","float32"),a=xe(s,i,e,o,n);e=a.maxOutputSize,o=a.iouThreshold,n=a.scoreThreshold;let p={maxOutputSize:e,iouThreshold:o,scoreThreshold:n};return y.runKernel(Vi,{boxes:s,scores:i},p)}var eh=w({nonMaxSuppression_:Av});function rh(r,t,e){let o=Fv(r,t,e),n=o<0?-(o+1):o;r.splice(n,0,t)}function Fv(r,t,e){return Mv(r,t,e||Pv)}function Pv(r,t){return r>t?1:r<t?-1:0}function Mv(r,t,e){let o=0,n=r.length,s=0,i=!1;for(;o<n;){s=o+(n-o>>>1);let a=e(t,r[s]);a>0?o=s+1:(n=s,i=!a)}return i?o:-o-1}function Oa(r,t,e,o,n){return uc(r,t,e,o,n,0)}function Ua(r,t,e,o,n,s){return uc(r,t,e,o,n,0,!1,s,!0)}function Wa(r,t,e,o,n,s){return uc(r,t,e,o,n,s,!0)}function uc(r,t,e,o,n,s,i=!1,a=!1,p=!1){let u=[];for(let h=0;h<t.length;h++)t[h]>n&&u.push({score:t[h],boxIndex:h,suppressBeginIndex:0});u.sort(oh);let c=s>0?-.5/s:0,l=[],m=[];for(;l.length<e&&u.length>0;){let h=u.pop(),{score:S,boxIndex:T,suppressBeginIndex:k}=h;if(S<n)break;let v=!1;for(let N=l.length-1;N>=k;--N){let R=_v(r,T,l[N]);if(R>=o){v=!0;break}if(h.score=h.score*Gv(o,c,R),h.score<=n)break}h.suppressBeginIndex=l.length,v||(h.score===S?(l.push(T),m.push(h.score)):h.score>n&&rh(u,h,oh))}let f=l.length,d=e-f;a&&d>0&&(l.push(...new Array(d).fill(0)),m.push(...new Array(d).fill(0)));let g={selectedIndices:l};return i&&(g.selectedScores=m),p&&(g.validOutputs=f),g}function _v(r,t,e){let o=r.subarray(t*4,t*4+4),n=r.subarray(e*4,e*4+4),s=Math.min(o[0],o[2]),i=Math.min(o[1],o[3]),a=Math.max(o[0],o[2]),p=Math.max(o[1],o[3]),u=Math.min(n[0],n[2]),c=Math.min(n[1],n[3]),l=Math.max(n[0],n[2]),m=Math.max(n[1],n[3]),f=(a-s)*(p-i),d=(l-u)*(m-c);if(f<=0||d<=0)return 0;let g=Math.max(s,u),h=Math.max(i,c),S=Math.min(a,l),T=Math.min(p,m),k=Math.max(S-g,0)*Math.max(T-h,0);return k/(f+d-k)}function Gv(r,t,e){let o=Math.exp(t*e*e);return e<=r?o:0}function oh(r,t){return r.score-t.score||r.score===t.score&&t.boxIndex-r.boxIndex}async function Bv(r,t,e,o=.5,n=Number.NEGATIVE_INFINITY){let s=x(r,"boxes","nonMaxSuppressionAsync"),i=x(t,"scores","nonMaxSuppressionAsync"),a=xe(s,i,e,o,n);e=a.maxOutputSize,o=a.iouThreshold,n=a.scoreThreshold;let p=await Promise.all([s.data(),i.data()]),u=p[0],c=p[1],{selectedIndices:l}=Oa(u,c,e,o,n);return s!==r&&s.dispose(),i!==t&&i.dispose(),Ut(l,"int32")}var nh=Bv;function zv(r,t,e,o=.5,n=Number.NEGATIVE_INFINITY,s=0){let i=x(r,"boxes","nonMaxSuppression"),a=x(t,"scores","nonMaxSuppression"),p=xe(i,a,e,o,n,s);e=p.maxOutputSize,o=p.iouThreshold,n=p.scoreThreshold,s=p.softNmsSigma;let u={boxes:i,scores:a},c={maxOutputSize:e,iouThreshold:o,scoreThreshold:n,softNmsSigma:s},l=y.runKernel(Hi,u,c);return{selectedIndices:l[0],selectedScores:l[1]}}var sh=w({nonMaxSuppressionWithScore_:zv});async function Lv(r,t,e,o=.5,n=Number.NEGATIVE_INFINITY,s=0){let i=x(r,"boxes","nonMaxSuppressionAsync"),a=x(t,"scores","nonMaxSuppressionAsync"),p=xe(i,a,e,o,n,s);e=p.maxOutputSize,o=p.iouThreshold,n=p.scoreThreshold,s=p.softNmsSigma;let u=await Promise.all([i.data(),a.data()]),c=u[0],l=u[1],{selectedIndices:m,selectedScores:f}=Wa(c,l,e,o,n,s);return i!==r&&i.dispose(),a!==t&&a.dispose(),{selectedIndices:Ut(m,"int32"),selectedScores:Ut(f)}}var ih=Lv;function Ov(r,t,e,o=.5,n=Number.NEGATIVE_INFINITY,s=!1){let i=x(r,"boxes","nonMaxSuppression"),a=x(t,"scores","nonMaxSuppression"),p=xe(i,a,e,o,n,null),u=p.maxOutputSize,c=p.iouThreshold,l=p.scoreThreshold,m={boxes:i,scores:a},f={maxOutputSize:u,iouThreshold:c,scoreThreshold:l,padToMaxOutputSize:s},d=y.runKernel(_m,m,f);return{selectedIndices:d[0],validOutputs:d[1]}}var ah=w({nonMaxSuppressionPadded_:Ov});async function Uv(r,t,e,o=.5,n=Number.NEGATIVE_INFINITY,s=!1){let i=x(r,"boxes","nonMaxSuppressionAsync"),a=x(t,"scores","nonMaxSuppressionAsync"),p=xe(i,a,e,o,n,null),u=p.maxOutputSize,c=p.iouThreshold,l=p.scoreThreshold,[m,f]=await Promise.all([i.data(),a.data()]),{selectedIndices:d,validOutputs:g}=Ua(m,f,u,c,l,s);return i!==r&&i.dispose(),a!==t&&a.dispose(),{selectedIndices:Ut(d,"int32"),validOutputs:nt(g,"int32")}}var ph=Uv;function Wv(r,t,e=!1,o=!1){let n=x(r,"images","resizeBilinear");C(n.rank===3||n.rank===4,()=>`Error in resizeBilinear: x must be rank 3 or 4, but got rank ${n.rank}.`),C(t.length===2,()=>`Error in resizeBilinear: new shape must 2D, but got shape ${t}.`),C(o===!1||e===!1,()=>"Error in resizeBilinear: If halfPixelCenters is true, alignCorners must be false.");let s=n,i=!1;n.rank===3&&(i=!0,s=D(n,[1,n.shape[0],n.shape[1],n.shape[2]]));let[]=t,a={images:s},p={alignCorners:e,halfPixelCenters:o,size:t},u=y.runKernel(sn,a,p);return i?D(u,[u.shape[1],u.shape[2],u.shape[3]]):u}var Va=w({resizeBilinear_:Wv});function Vv(r,t,e=!1,o=!1){let n=x(r,"images","resizeNearestNeighbor");C(n.rank===3||n.rank===4,()=>`Error in resizeNearestNeighbor: x must be rank 3 or 4, but got rank ${n.rank}.`),C(t.length===2,()=>`Error in resizeNearestNeighbor: new shape must 2D, but got shape ${t}.`),C(n.dtype==="float32"||n.dtype==="int32",()=>"`images` must have `int32` or `float32` as dtype"),C(o===!1||e===!1,()=>"Error in resizeNearestNeighbor: If halfPixelCenters is true, alignCorners must be false.");let s=n,i=!1;n.rank===3&&(i=!0,s=D(n,[1,n.shape[0],n.shape[1],n.shape[2]]));let[]=t,a={images:s},p={alignCorners:e,halfPixelCenters:o,size:t},u=y.runKernel(nn,a,p);return i?D(u,[u.shape[1],u.shape[2],u.shape[3]]):u}var Ha=w({resizeNearestNeighbor_:Vv});function Hv(r,t="binary",e=!1,o=.5){let n=x(r,"image","threshold"),s=.2989,i=.587,a=.114,p=n.shape[0]*n.shape[1],u=$(Ut([o]),255),c,l,m,f;if(C(n.rank===3,()=>`Error in threshold: image must be rank 3,but got rank ${n.rank}.`),C(n.shape[2]===3||n.shape[2]===1,()=>`Error in threshold: image color channel must be equal to 3 or 1but got ${n.shape[2]}.`),C(n.dtype==="int32"||n.dtype==="float32",()=>`Error in dtype: image dtype must be int32 or float32,but got dtype ${n.dtype}.`),C(t==="otsu"||t==="binary",()=>`Method must be binary or otsu, but was ${t}`),n.shape[2]===3){[c,l,m]=ge(n,[1,1,1],-1);let h=$(c,s),S=$(l,i),T=$(m,a);f=H(H(h,S),T)}else f=r;if(t==="otsu"){let h=Qf(z(Ks(f),"int32"),wr([]),256);u=qv(h,p)}let d=e?Be(f,u):Ot(f,u);return z($(d,255),"int32")}function qv(r,t){let e=Ut([-1]),o=Ut([0]),n=Ut([0]),s,i,a,p,u,c;for(let l=0;l<r.size-1;l++){s=Dt(r,0,l+1),i=Dt(r,l+1),u=Y(Z(s),t),c=Y(Z(i),t);let m=Z($(s,Jl(0,s.size)));a=Y(m,Z(s));let f=Pn(i.shape,s.size),d=H(Jl(0,i.size),f),g=$(i,d);p=Y(Z(g),Z(i));let h=tt(a,p),S=tt(a,p),T=$(u,c);n=$($(T,h),S);let k=Ot(n,o);o=Et(k,n,o),e=Et(k,Ut([l]),e)}return e}var uh=w({threshold_:Hv});function Kv(r,t,e="nearest",o="constant",n=0,s){let i=x(r,"image","transform","float32"),a=x(t,"transforms","transform","float32");C(i.rank===4,()=>`Error in transform: image must be rank 4,but got rank ${i.rank}.`),C(a.rank===2&&(a.shape[0]===i.shape[0]||a.shape[0]===1)&&a.shape[1]===8,()=>"Error in transform: Input transform should be batch x 8 or 1 x 8"),C(s==null||s.length===2,()=>`Error in transform: outputShape must be [height, width] or null, but got ${s}.`);let p={image:i,transforms:a},u={interpolation:e,fillMode:o,fillValue:n,outputShape:s};return y.runKernel(Qi,p,u)}var lh=w({transform_:Kv});var ch={flipLeftRight:Zd,grayscaleToRGB:Qd,resizeNearestNeighbor:Ha,resizeBilinear:Va,rgbToGrayscale:Jd,rotateWithOffset:th,cropAndResize:Yd,nonMaxSuppression:eh,nonMaxSuppressionAsync:nh,nonMaxSuppressionWithScore:sh,nonMaxSuppressionWithScoreAsync:ih,nonMaxSuppressionPadded:ah,nonMaxSuppressionPaddedAsync:ph,threshold:uh,transform:lh};var Xv=new Map,jv=new Map,qa=class{getClassName(){return this.constructor.className}static fromConfig(t,e){return new t(e)}},lc=class r{constructor(){this.classNameMap={}}static getMap(){return r.instance==null&&(r.instance=new r),r.instance}static register(t){r.getMap().classNameMap[t.className]=[t,t.fromConfig]}};function mh(r,t,e){C(r.className!=null,()=>"Class being registered does not have the static className property defined."),C(typeof r.className=="string",()=>"className is required to be a string, but got type "+typeof r.className),C(r.className.length>0,()=>"Class being registered has an empty-string as its className, which is disallowed."),typeof t>"u"&&(t="Custom"),typeof e>"u"&&(e=r.className);let o=e,n=t+">"+o;return lc.register(r),Xv.set(n,r),jv.set(r,n),r}var Wt=class extends qa{minimize(t,e=!1,o){let{value:n,grads:s}=this.computeGradients(t,o);if(o!=null){let i=o.map(a=>({name:a.name,tensor:s[a.name]}));this.applyGradients(i)}else this.applyGradients(s);return Tt(s),e?n:(n.dispose(),null)}get iterations(){return this.iterations_==null&&(this.iterations_=0),this.iterations_}incrementIterations(){this.iterations_=this.iterations+1}computeGradients(t,e){return Vs(t,e)}dispose(){this.iterations_!=null&&Tt(this.iterations_)}async saveIterations(){return this.iterations_==null&&(this.iterations_=0),{name:"iter",tensor:nt(this.iterations_,"int32")}}async getWeights(){throw new Error("getWeights() is not implemented for this optimizer yet.")}async setWeights(t){throw new Error(`setWeights() is not implemented for this optimizer class ${this.getClassName()}`)}async extractIterations(t){return this.iterations_=(await t[0].tensor.data())[0],t.slice(1)}};Object.defineProperty(Wt,Symbol.hasInstance,{value:r=>r.minimize!=null&&r.computeGradients!=null&&r.applyGradients!=null});var Xn=class extends Wt{static get className(){return"Adadelta"}constructor(t,e,o=null){super(),this.learningRate=t,this.rho=e,this.epsilon=o,this.accumulatedGrads=[],this.accumulatedUpdates=[],o==null&&(this.epsilon=y.backend.epsilon())}applyGradients(t){(Array.isArray(t)?t.map(o=>o.name):Object.keys(t)).forEach((o,n)=>{let s=y.registeredVariables[o],i=!1;this.accumulatedGrads[n]==null&&(this.accumulatedGrads[n]={originalName:`${o}/accum_grad`,variable:ut(()=>j(s).variable(i))}),this.accumulatedUpdates[n]==null&&(this.accumulatedUpdates[n]={originalName:`${o}/accum_var`,variable:ut(()=>j(s).variable(i))});let a=Array.isArray(t)?t[n].tensor:t[o];if(a==null)return;let p=this.accumulatedGrads[n].variable,u=this.accumulatedUpdates[n].variable;ut(()=>{let c=H($(p,this.rho),$(et(a),1-this.rho)),l=$(Y(vt(H(u,this.epsilon)),vt(H(p,this.epsilon))),a),m=H($(u,this.rho),$(et(l),1-this.rho));p.assign(c),u.assign(m);let f=H($(l,-this.learningRate),s);s.assign(f)})}),this.incrementIterations()}dispose(){this.accumulatedUpdates!=null&&(Tt(this.accumulatedGrads.map(t=>t.variable)),Tt(this.accumulatedUpdates.map(t=>t.variable)))}async getWeights(){let t=[...this.accumulatedGrads,...this.accumulatedUpdates];return[await this.saveIterations()].concat(t.map(e=>({name:e.originalName,tensor:e.variable})))}async setWeights(t){t=await this.extractIterations(t);let e=t.length/2,o=!1;this.accumulatedGrads=t.slice(0,e).map(n=>({originalName:n.name,variable:n.tensor.variable(o)})),this.accumulatedUpdates=t.slice(e,e*2).map(n=>({originalName:n.name,variable:n.tensor.variable(o)}))}getConfig(){return{learningRate:this.learningRate,rho:this.rho,epsilon:this.epsilon}}static fromConfig(t,e){return new t(e.learningRate,e.rho,e.epsilon)}};var jn=class extends Wt{static get className(){return"Adagrad"}constructor(t,e=.1){super(),this.learningRate=t,this.initialAccumulatorValue=e,this.accumulatedGrads=[]}applyGradients(t){(Array.isArray(t)?t.map(o=>o.name):Object.keys(t)).forEach((o,n)=>{let s=y.registeredVariables[o];this.accumulatedGrads[n]==null&&(this.accumulatedGrads[n]={originalName:`${o}/accumulator`,variable:ut(()=>Pn(s.shape,this.initialAccumulatorValue).variable(!1))});let i=Array.isArray(t)?t[n].tensor:t[o];if(i==null)return;let a=this.accumulatedGrads[n].variable;ut(()=>{let p=H(a,et(i));a.assign(p);let u=H($(Y(i,vt(H(p,y.backend.epsilon()))),-this.learningRate),s);s.assign(u)})}),this.incrementIterations()}dispose(){this.accumulatedGrads!=null&&Tt(this.accumulatedGrads.map(t=>t.variable))}async getWeights(){return[await this.saveIterations()].concat(this.accumulatedGrads.map(t=>({name:t.originalName,tensor:t.variable})))}async setWeights(t){t=await this.extractIterations(t);let e=!1;this.accumulatedGrads=t.map(o=>({originalName:o.name,variable:o.tensor.variable(e)}))}getConfig(){return{learningRate:this.learningRate,initialAccumulatorValue:this.initialAccumulatorValue}}static fromConfig(t,e){return new t(e.learningRate,e.initialAccumulatorValue)}};var Yn=class extends Wt{static get className(){return"Adam"}constructor(t,e,o,n=null){super(),this.learningRate=t,this.beta1=e,this.beta2=o,this.epsilon=n,this.accumulatedFirstMoment=[],this.accumulatedSecondMoment=[],ut(()=>{this.accBeta1=nt(e).variable(),this.accBeta2=nt(o).variable()}),n==null&&(this.epsilon=y.backend.epsilon())}applyGradients(t){let e=Array.isArray(t)?t.map(o=>o.name):Object.keys(t);ut(()=>{let o=tt(1,this.accBeta1),n=tt(1,this.accBeta2);e.forEach((s,i)=>{let a=y.registeredVariables[s],p=!1;this.accumulatedFirstMoment[i]==null&&(this.accumulatedFirstMoment[i]={originalName:`${s}/m`,variable:ut(()=>j(a).variable(p))}),this.accumulatedSecondMoment[i]==null&&(this.accumulatedSecondMoment[i]={originalName:`${s}/v`,variable:ut(()=>j(a).variable(p))});let u=Array.isArray(t)?t[i].tensor:t[s];if(u==null)return;let c=this.accumulatedFirstMoment[i].variable,l=this.accumulatedSecondMoment[i].variable,m=H($(c,this.beta1),$(u,1-this.beta1)),f=H($(l,this.beta2),$(et(u),1-this.beta2)),d=Y(m,o),g=Y(f,n);c.assign(m),l.assign(f);let h=H($(Y(d,H(vt(g),this.epsilon)),-this.learningRate),a);a.assign(h)}),this.accBeta1.assign($(this.accBeta1,this.beta1)),this.accBeta2.assign($(this.accBeta2,this.beta2))}),this.incrementIterations()}dispose(){this.accBeta1.dispose(),this.accBeta2.dispose(),this.accumulatedFirstMoment!=null&&Tt(this.accumulatedFirstMoment.map(t=>t.variable)),this.accumulatedSecondMoment!=null&&Tt(this.accumulatedSecondMoment.map(t=>t.variable))}async getWeights(){let t=[...this.accumulatedFirstMoment,...this.accumulatedSecondMoment];return[await this.saveIterations()].concat(t.map(e=>({name:e.originalName,tensor:e.variable})))}async setWeights(t){t=await this.extractIterations(t),ut(()=>{this.accBeta1.assign(Ie(this.beta1,this.iterations_+1)),this.accBeta2.assign(Ie(this.beta2,this.iterations_+1))});let e=t.length/2,o=!1;this.accumulatedFirstMoment=t.slice(0,e).map(n=>({originalName:n.name,variable:n.tensor.variable(o)})),this.accumulatedSecondMoment=t.slice(e,e*2).map(n=>({originalName:n.name,variable:n.tensor.variable(o)}))}getConfig(){return{learningRate:this.learningRate,beta1:this.beta1,beta2:this.beta2,epsilon:this.epsilon}}static fromConfig(t,e){return new t(e.learningRate,e.beta1,e.beta2,e.epsilon)}};var Zn=class extends Wt{static get className(){return"Adamax"}constructor(t,e,o,n=null,s=0){super(),this.learningRate=t,this.beta1=e,this.beta2=o,this.epsilon=n,this.decay=s,this.accumulatedFirstMoment=[],this.accumulatedWeightedInfNorm=[],ut(()=>{this.iteration=nt(0).variable(),this.accBeta1=nt(e).variable()}),n==null&&(this.epsilon=y.backend.epsilon())}applyGradients(t){let e=Array.isArray(t)?t.map(o=>o.name):Object.keys(t);ut(()=>{let o=tt(1,this.accBeta1),n=Y(-this.learningRate,H($(this.iteration,this.decay),1));e.forEach((s,i)=>{let a=y.registeredVariables[s],p=!1;this.accumulatedFirstMoment[i]==null&&(this.accumulatedFirstMoment[i]={originalName:`${s}/m`,variable:j(a).variable(p)}),this.accumulatedWeightedInfNorm[i]==null&&(this.accumulatedWeightedInfNorm[i]={originalName:`${s}/v`,variable:j(a).variable(p)});let u=Array.isArray(t)?t[i].tensor:t[s];if(u==null)return;let c=this.accumulatedFirstMoment[i].variable,l=this.accumulatedWeightedInfNorm[i].variable,m=H($(c,this.beta1),$(u,1-this.beta1)),f=$(l,this.beta2),d=Yt(u),g=Wn(f,d);c.assign(m),l.assign(g);let h=H($(Y(n,o),Y(m,H(g,this.epsilon))),a);a.assign(h)}),this.iteration.assign(H(this.iteration,1)),this.accBeta1.assign($(this.accBeta1,this.beta1))}),this.incrementIterations()}dispose(){this.accBeta1.dispose(),this.iteration.dispose(),this.accumulatedFirstMoment!=null&&Tt(this.accumulatedFirstMoment.map(t=>t.variable)),this.accumulatedWeightedInfNorm!=null&&Tt(this.accumulatedWeightedInfNorm.map(t=>t.variable))}async getWeights(){throw new Error("getWeights() is not implemented for Adamax yet.")}async setWeights(t){throw new Error("setWeights() is not implemented for Adamax yet.")}getConfig(){return{learningRate:this.learningRate,beta1:this.beta1,beta2:this.beta2,epsilon:this.epsilon,decay:this.decay}}static fromConfig(t,e){return new t(e.learningRate,e.beta1,e.beta2,e.epsilon,e.decay)}};var vr=class extends Wt{static get className(){return"SGD"}constructor(t){super(),this.learningRate=t,this.setLearningRate(t)}applyGradients(t){(Array.isArray(t)?t.map(o=>o.name):Object.keys(t)).forEach((o,n)=>{let s=Array.isArray(t)?t[n].tensor:t[o];if(s==null)return;let i=y.registeredVariables[o];ut(()=>{let a=H($(this.c,s),i);i.assign(a)})}),this.incrementIterations()}setLearningRate(t){this.learningRate=t,this.c!=null&&this.c.dispose(),this.c=If(nt(-t))}dispose(){this.c.dispose()}async getWeights(){return[await this.saveIterations()]}async setWeights(t){if(t=await this.extractIterations(t),t.length!==0)throw new Error("SGD optimizer does not have settable weights.")}getConfig(){return{learningRate:this.learningRate}}static fromConfig(t,e){return new t(e.learningRate)}};var Qn=class extends vr{static get className(){return"Momentum"}constructor(t,e,o=!1){super(t),this.learningRate=t,this.momentum=e,this.useNesterov=o,this.accumulations=[],this.m=nt(this.momentum)}applyGradients(t){(Array.isArray(t)?t.map(o=>o.name):Object.keys(t)).forEach((o,n)=>{let s=y.registeredVariables[o];this.accumulations[n]==null&&(this.accumulations[n]={originalName:`${o}/momentum`,variable:ut(()=>j(s).variable(!1))});let i=this.accumulations[n].variable,a=Array.isArray(t)?t[n].tensor:t[o];a!=null&&ut(()=>{let p,u=H($(this.m,i),a);this.useNesterov?p=H($(this.c,H(a,$(u,this.m))),s):p=H($(this.c,u),s),i.assign(u),s.assign(p)})}),this.incrementIterations()}dispose(){this.m.dispose(),this.accumulations!=null&&Tt(this.accumulations.map(t=>t.variable))}setMomentum(t){this.momentum=t}async getWeights(){return[await this.saveIterations()].concat(this.accumulations.map(t=>({name:t.originalName,tensor:t.variable})))}async setWeights(t){t=await this.extractIterations(t);let e=!1;this.accumulations=t.map(o=>({originalName:o.name,variable:o.tensor.variable(e)}))}getConfig(){return{learningRate:this.learningRate,momentum:this.momentum,useNesterov:this.useNesterov}}static fromConfig(t,e){return new t(e.learningRate,e.momentum,e.useNesterov)}};var Jn=class extends Wt{static get className(){return"RMSProp"}constructor(t,e=.9,o=0,n=null,s=!1){if(super(),this.learningRate=t,this.decay=e,this.momentum=o,this.epsilon=n,this.accumulatedMeanSquares=[],this.accumulatedMoments=[],this.accumulatedMeanGrads=[],this.centered=s,n==null&&(this.epsilon=y.backend.epsilon()),t==null)throw new Error("learningRate for RMSPropOptimizer must be defined.")}applyGradients(t){(Array.isArray(t)?t.map(o=>o.name):Object.keys(t)).forEach((o,n)=>{let s=y.registeredVariables[o],i=!1;this.accumulatedMeanSquares[n]==null&&(this.accumulatedMeanSquares[n]={originalName:`${o}/rms`,variable:ut(()=>j(s).variable(i))}),this.accumulatedMoments[n]==null&&(this.accumulatedMoments[n]={originalName:`${o}/momentum`,variable:ut(()=>j(s).variable(i))}),this.accumulatedMeanGrads[n]==null&&this.centered&&(this.accumulatedMeanGrads[n]={originalName:`${o}/mg`,variable:ut(()=>j(s).variable(i))});let a=Array.isArray(t)?t[n].tensor:t[o];if(a==null)return;let p=this.accumulatedMeanSquares[n].variable,u=this.accumulatedMoments[n].variable;ut(()=>{let c=H($(p,this.decay),$(et(a),1-this.decay));if(this.centered){let l=this.accumulatedMeanGrads[n].variable,m=H($(l,this.decay),$(a,1-this.decay)),f=Y($(a,this.learningRate),vt(tt(c,H(et(m),this.epsilon)))),d=H($(u,this.momentum),f);p.assign(c),l.assign(m),u.assign(d);let g=tt(s,d);s.assign(g)}else{let l=H($(p,this.decay),$(et(a),1-this.decay)),m=H($(u,this.momentum),Y($(a,this.learningRate),vt(H(l,this.epsilon))));p.assign(l),u.assign(m);let f=tt(s,m);s.assign(f)}})}),this.incrementIterations()}dispose(){this.accumulatedMeanSquares!=null&&Tt(this.accumulatedMeanSquares.map(t=>t.variable)),this.accumulatedMeanGrads!=null&&this.centered&&Tt(this.accumulatedMeanGrads.map(t=>t.variable)),this.accumulatedMoments!=null&&Tt(this.accumulatedMoments.map(t=>t.variable))}async getWeights(){let t=[...this.accumulatedMeanSquares,...this.accumulatedMoments];return this.centered&&t.push(...this.accumulatedMeanGrads),[await this.saveIterations()].concat(t.map(e=>({name:e.originalName,tensor:e.variable})))}async setWeights(t){t=await this.extractIterations(t);let e=this.centered?t.length/3:t.length/2,o=!1;this.accumulatedMeanSquares=t.slice(0,e).map(n=>({originalName:n.name,variable:n.tensor.variable(o)})),this.accumulatedMoments=t.slice(e,e*2).map(n=>({originalName:n.name,variable:n.tensor.variable(o)})),this.centered&&(this.accumulatedMeanGrads=t.slice(e*2,e*3).map(n=>({originalName:n.name,variable:n.tensor.variable(o)})))}getConfig(){return{learningRate:this.learningRate,decay:this.decay,momentum:this.momentum,epsilon:this.epsilon,centered:this.centered}}static fromConfig(t,e){return new t(e.learningRate,e.decay,e.momentum,e.epsilon,e.centered)}};var Yv=[Xn,jn,Yn,Zn,Qn,Jn,vr];function fh(){for(let r of Yv)mh(r)}var Zv="model",Qv=".json",Jv=".weights.bin";function dh(r){return new Promise(t=>setTimeout(t)).then(r)}var ts=class r{constructor(t){if(!W().getBool("IS_BROWSER"))throw new Error("browserDownloads() cannot proceed because the current environment is not a browser.");t.startsWith(r.URL_SCHEME)&&(t=t.slice(r.URL_SCHEME.length)),(t==null||t.length===0)&&(t=Zv),this.modelJsonFileName=t+Qv,this.weightDataFileName=t+Jv}async save(t){if(typeof document>"u")throw new Error("Browser downloads are not supported in this environment since `document` is not present");let e=Xt.join(t.weightData),o=window.URL.createObjectURL(new Blob([e],{type:"application/octet-stream"}));if(t.modelTopology instanceof ArrayBuffer)throw new Error("BrowserDownloads.save() does not support saving model topology in binary formats yet.");{let n=[{paths:["./"+this.weightDataFileName],weights:t.weightSpecs}],s=ma(t,n),i=window.URL.createObjectURL(new Blob([JSON.stringify(s)],{type:"application/json"})),a=this.modelJsonAnchor==null?document.createElement("a"):this.modelJsonAnchor;if(a.download=this.modelJsonFileName,a.href=i,await dh(()=>a.dispatchEvent(new MouseEvent("click"))),t.weightData!=null){let p=this.weightDataAnchor==null?document.createElement("a"):this.weightDataAnchor;p.download=this.weightDataFileName,p.href=o,await dh(()=>p.dispatchEvent(new MouseEvent("click")))}return{modelArtifactsInfo:qe(t)}}}};ts.URL_SCHEME="downloads://";var tI=r=>W().getBool("IS_BROWSER")&&!Array.isArray(r)&&r.startsWith(ts.URL_SCHEME)?eI(r.slice(ts.URL_SCHEME.length)):null;jt.registerSaveRouter(tI);function eI(r="model"){return new ts(r)}function cc(r,t,e,o){i(r),e=e??0,o=o??1,a(e,o);let n=0,s=p=>(p.then(u=>{let c=e+ ++n/r.length*(o-e);return t(c),u}),p);function i(p){C(p!=null&&Array.isArray(p)&&p.length>0,()=>"promises must be a none empty array")}function a(p,u){C(p>=0&&p<=1,()=>`Progress fraction must be in range [0, 1], but got startFraction ${p}`),C(u>=0&&u<=1,()=>`Progress fraction must be in range [0, 1], but got endFraction ${u}`),C(u>=p,()=>`startFraction must be no more than endFraction, but got startFraction ${p} and endFraction ${u}`)}return Promise.all(r.map(s))}async function hh(r,t){t==null&&(t={});let e=t.fetchFunc==null?W().platform.fetch:t.fetchFunc,o=r.map(l=>e(l,t.requestInit,{isBinary:!0})),a=(t.onProgress==null?await Promise.all(o):await cc(o,t.onProgress,0,.5)).map(l=>l.arrayBuffer());return t.onProgress==null?await Promise.all(a):await cc(a,t.onProgress,.5,1)}function gh(r,t){var e;let o=t.fetchFunc==null?W().platform.fetch:t.fetchFunc,n=0,s;return(e=t.onProgress)===null||e===void 0||e.call(t,0),new ReadableStream({pull:async i=>{for(var a;n<r.length;){s||(s=(await o(r[n],t.requestInit,{isBinary:!0})).body.getReader());let{done:p,value:u}=await s.read();if(p){n++,s=void 0,(a=t.onProgress)===null||a===void 0||a.call(t,n/r.length);continue}i.enqueue(u);return}i.close()}})}var oI="application/octet-stream",nI="application/json",Qs=class{constructor(t,e){if(this.DEFAULT_METHOD="POST",e==null&&(e={}),this.weightPathPrefix=e.weightPathPrefix,this.weightUrlConverter=e.weightUrlConverter,e.fetchFunc!=null?(C(typeof e.fetchFunc=="function",()=>"Must pass a function that matches the signature of `fetch` (see https://developer.mozilla.org/en-US/docs/Web/API/Fetch_API)"),this.fetch=e.fetchFunc):this.fetch=W().platform.fetch,C(t!=null&&t.length>0,()=>"URL path for http must not be null, undefined or empty."),Array.isArray(t)&&C(t.length===2,()=>`URL paths for http must have a length of 2, (actual length is ${t.length}).`),this.path=t,e.requestInit!=null&&e.requestInit.body!=null)throw new Error("requestInit is expected to have no pre-existing body, but has one.");this.requestInit=e.requestInit||{},this.loadOptions=e}async save(t){if(t.modelTopology instanceof ArrayBuffer)throw new Error("BrowserHTTPRequest.save() does not support saving model topology in binary formats yet.");let e=Object.assign({method:this.DEFAULT_METHOD},this.requestInit);e.body=new FormData;let o=[{paths:["./model.weights.bin"],weights:t.weightSpecs}],n=ma(t,o);if(e.body.append("model.json",new Blob([JSON.stringify(n)],{type:nI}),"model.json"),t.weightData!=null){let i=Xt.join(t.weightData);e.body.append("model.weights.bin",new Blob([i],{type:oI}),"model.weights.bin")}let s=await this.fetch(this.path,e);if(s.ok)return{modelArtifactsInfo:qe(t),responses:[s]};throw new Error(`BrowserHTTPRequest.save() failed due to HTTP response status ${s.status}.`)}async loadModelJSON(){let t=await this.fetch(this.path,this.requestInit);if(!t.ok)throw new Error(`Request to ${this.path} failed with status code ${t.status}. Please verify this URL points to the model JSON of the model to load.`);let e;try{e=await t.json()}catch{let i=`Failed to parse model JSON of response from ${this.path}.`;throw this.path.endsWith(".pb")?i+=" Your path contains a .pb file extension. Support for .pb models have been removed in TensorFlow.js 1.0 in favor of .json models. You can re-convert your Python TensorFlow model using the TensorFlow.js 1.0 conversion scripts or you can convert your.pb models with the 'pb2json'NPM script in the tensorflow/tfjs-converter repository.":i+=" Please make sure the server is serving valid JSON for this request.",new Error(i)}let o=e.modelTopology,n=e.weightsManifest;if(o==null&&n==null)throw new Error(`The JSON from HTTP path ${this.path} contains neither model topology or manifest for weights.`);return e}async load(){if(this.loadOptions.streamWeights)return this.loadStream();let t=await this.loadModelJSON();return fa(t,e=>this.loadWeights(e))}async loadStream(){let t=await this.loadModelJSON(),e=await this.getWeightUrls(t.weightsManifest),o=da(t.weightsManifest),n=()=>gh(e,this.loadOptions);return Object.assign(Object.assign({},t),{weightSpecs:o,getWeightStream:n})}async getWeightUrls(t){let e=Array.isArray(this.path)?this.path[1]:this.path,[o,n]=sI(e),s=this.weightPathPrefix||o,i=[],a=[];for(let p of t)for(let u of p.paths)this.weightUrlConverter!=null?a.push(this.weightUrlConverter(u)):i.push(s+u+n);return this.weightUrlConverter&&i.push(...await Promise.all(a)),i}async loadWeights(t){let e=await this.getWeightUrls(t),o=da(t),n=await hh(e,this.loadOptions);return[o,n]}};Qs.URL_SCHEME_REGEX=/^https?:\/\//;function sI(r){let t=r.lastIndexOf("/"),e=r.lastIndexOf("?"),o=r.substring(0,t),n=e>t?r.substring(e):"";return[o+"/",n]}function mc(r){return r.match(Qs.URL_SCHEME_REGEX)!=null}var xh=(r,t)=>{if(typeof fetch>"u"&&(t==null||t.fetchFunc==null))return null;{let e=!0;if(Array.isArray(r)?e=r.every(o=>mc(o)):e=mc(r),e)return yh(r,t)}return null};jt.registerSaveRouter(xh);jt.registerLoadRouter(xh);function yh(r,t){return new Qs(r,t)}function aI(r,t){let e=r.shape.length,o=t.shape.length;if(e<1)throw new Error(`tf.gatherND() expects the input to be rank 1 or higher, but the rank was ${e}.`);if(o<1)throw new Error(`tf.gatherND() expects the indices to be rank 1 or higher, but the rank was ${o}.`);if(t.dtype!=="int32")throw new Error(`tf.gatherND() expects the indices to be int32 type, but the dtype was ${t.dtype}.`);if(t.shape[o-1]>e)throw new Error(`index innermost dimension length must be <= tensor rank; saw: ${t.shape[o-1]} vs. ${e}`);if(mt(r.shape)===0)throw new Error(`Requested more than 0 entries, but input is empty. Input shape: ${r.shape}.`);let n=t.shape,s=n[n.length-1],i=1;for(let l=0;l<n.length-1;++l)i*=n[l];let a=r.shape,p=n.slice();p.pop();let u=1;for(let l=s;l<e;++l)u*=a[l],p.push(a[l]);let c=[...$e(r.shape).map(l=>l/u),1].slice(0,s);return[p,i,u,c]}var ae={};rr(ae,{assertParamsValid:()=>uI,computeFlatOffset:()=>dI,computeOutShape:()=>cI,getNormalizedAxes:()=>mI,isSliceContinous:()=>fI,maskToAxes:()=>lI,parseSliceParams:()=>dc,sliceInfo:()=>hI,startForAxis:()=>Th,startIndicesWithElidedDims:()=>vh,stopForAxis:()=>Nh,stopIndicesWithElidedDims:()=>Ih,stridesForAxis:()=>kh,stridesWithElidedDims:()=>wh});var fc=-2,pI=-1;function uI(r,t,e){let o=r.shape.length;C(o===t.length,()=>`Error in slice${o}D: Length of begin ${t} must match the rank of the array (${o}).`),C(o===e.length,()=>`Error in slice${o}D: Length of size ${e} must match the rank of the array (${o}).`);for(let n=0;n<o;++n)C(t[n]+e[n]<=r.shape[n],()=>`Error in slice${o}D: begin[${n}] + size[${n}] (${t[n]+e[n]}) would overflow input.shape[${n}] (${r.shape[n]})`)}function lI(r){let t=[],e=0;for(;r>0;)r&1&&t.push(e),r/=2,e++;return t}function cI(r,t,e){let o=[];for(let n=0;n<r.length;n++)o[n]=Math.ceil((t[n]-r[n])/e[n]);return o}function wh(r,t,e,o){let n=[...r];for(let s=n.length;s<o.length;s++)n.push(1);for(let s=0;s<e;s++)s===0?n[t]=1:(n.splice(t,0,1),n.pop());return n}function Sh(r,t,e){return e<=r?e:e-(t-1)}function Ch(r,t){let e=[];for(let o=0;o<r;o++)e.push(t+o);return e}function mI(r,t,e,o,n,s,i,a,p){let u=r.length,c=new Array(u),l=new Array(u),m=new Array(u);if(t.length&&e>0){let f=t[0],d=e+1;c=vh(i,f,d,o,r),l=Ih(a,f,d,n,r),m=wh(s,f,d,r)}else for(let f=0;f<u;f++)c[f]=Th(i,o,s,r,f,p),l[f]=Nh(a,n,s,r,f,p),m[f]=kh(s,f,p);return{begin:c,end:l,strides:m}}function vh(r,t,e,o,n){let s=[...n],i=Ch(e,t);for(let a=0;a<s.length;a++)if(i.indexOf(a)>-1)s[a]=0;else{let p=Sh(t,e,a),u=o[p];r&1<<p&&(u=0),s[a]=u}return s}function Ih(r,t,e,o,n){let s=[...n],i=Ch(e,t);for(let a=0;a<s.length;a++)if(i.indexOf(a)>-1)s[a]=Number.MAX_SAFE_INTEGER;else{let p=Sh(t,e,a),u=o[p];r&1<<p&&(u=Number.MAX_SAFE_INTEGER),s[a]=u}for(let a=0;a<s.length;a++){let p=n[a];s[a]<0&&(s[a]+=p),s[a]=no(0,s[a],n[a])}return s}function kh(r,t,e){let o=r[t];return(e&1<<t||o==null)&&(o=1),o}function Th(r,t,e,o,n,s){let i=t[n],a=e[n]||1;(r&1<<n||s&1<<n||i==null)&&(a>0?i=Number.MIN_SAFE_INTEGER:i=Number.MAX_SAFE_INTEGER);let p=o[n];return i<0&&(i+=p),i=no(0,i,p-1),i}function Nh(r,t,e,o,n,s){let i=t[n],a=e[n]||1;(r&1<<n||s&1<<n||i==null)&&(a>0?i=Number.MAX_SAFE_INTEGER:i=Number.MIN_SAFE_INTEGER);let p=o[n];return i<0&&(i+=p),a>0?i=no(0,i,p):i=no(-1,i,p-1),i}function fI(r,t,e){let o=e.length;for(let n=0;n<e.length;n++)if(e[n]>1){o=n;break}for(let n=o+1;n<e.length;n++)if(t[n]>0||e[n]!==r[n])return!1;return!0}function dI(r,t){let e=r.length>0?r[r.length-1]:1;for(let o=0;o<r.length-1;o++)e+=r[o]*t[o];return e}function dc(r,t,e){let o,n=r.shape.length;typeof t=="number"?o=[t,...new Array(n-1).fill(0)]:t.length<n?o=t.concat(new Array(n-t.length).fill(0)):o=t.slice(),o.forEach(i=>{C(i!==-1,()=>"slice() does not support negative begin indexing.")});let s;return e==null?s=new Array(n).fill(-1):typeof e=="number"?s=[e,...new Array(n-1).fill(-1)]:e.length<n?s=e.concat(new Array(n-e.length).fill(-1)):s=e,s=s.map((i,a)=>i>=0?i:(C(i===-1,()=>`Negative size values should be exactly -1 but got ${i} for the slice() size at index ${a}.`),r.shape[a]-o[a])),[o,s]}function hI(r,t,e,o,n,s,i,a,p){let u;if(o==null?(u=new Array(t.length),u.fill(1)):u=o,i!=null&&(i&i-1)!==0)throw new Error("Multiple ellipses in slice is not allowed.");let c=!1,l={dims:u.length,numAddAxisAfterEllipsis:0,begin:t.slice(),end:e.slice(),strides:u.slice(),beginMask:n,endMask:s,ellipsisMask:i,newAxisMask:a,shrinkAxisMask:p};for(let k=0;k<l.dims;k++)c&&(1<<k&a)!==0&&l.numAddAxisAfterEllipsis++,1<<k&i&&(c=!0);c||(l.ellipsisMask|=1<<l.dims,l.dims++);let m={dims:r.length,beginMask:0,endMask:0,beginValid:!1,endValid:!1};gI(l,m);let f=!0,d=!0,g=!0,h=[],S=[];for(let k=0;k<r.length;++k){if(m.strides[k]===0)throw Error(`strides[${k}] must be non-zero`);let v=!!(m.shrinkAxisMask&1<<k),N=r[k];if(N===-1){h.push(v?1:-1);continue}let R=[m.beginMask&1<<k,m.endMask&1<<k],P=[m.strides[k]>0?0:-1,m.strides[k]>0?N:N-1];if(v&&m.strides[k]<=0)throw Error("only stride 1 allowed on non-range indexing.");g=g&&m.strides[k]===1;let G=!!(m.beginMask&1<<k&&m.endMask&1<<k);if(m.beginValid&&m.endValid){if(v){let X=m.begin[k]<0?N+m.begin[k]:m.begin[k];if(m.begin[k]=X,m.end[k]=m.begin[k]+1,X<0||X>=N)throw Error(`slice index ${m.begin[k]} of dimension ${k} out of bounds.`)}else m.begin[k]=bh(m.begin[k],0,m.strides[k],N,R,P),m.end[k]=bh(m.end[k],1,m.strides[k],N,R,P);let U=m.strides[k]===1&&m.begin[k]===0&&m.end[k]===N;f=f&&U,d=d&&(k===0&&m.strides[k]===1||U)}else f=f&&m.strides[k]===1&&G,d=d&&(k===0&&m.strides[k]===1||G);let B,L=!1;if(m.beginValid&&m.endValid?(B=m.end[k]-m.begin[k],L=!0):v?(B=1,L=!0):G&&N>=0&&(m.strides[k]<0?B=-N:B=N,L=!0),L){let U;B===0||B<0!=m.strides[k]<0?U=0:U=Math.trunc(B/m.strides[k])+(B%m.strides[k]!==0?1:0),h.push(U)}else h.push(-1)}for(let k=0;k<m.finalShapeGatherIndices.length;++k){let v=m.finalShapeGatherIndices[k];v>=0?S.push(h[v]):v===fc&&S.push(1)}return{finalShapeSparse:S.filter((k,v)=>m.finalShapeGatherIndices[v]!==fc),finalShape:S,isIdentity:f,sliceDim0:d,isSimpleSlice:g,begin:m.begin,end:m.end,strides:m.strides}}function gI(r,t){t.beginMask=0,t.endMask=0,t.shrinkAxisMask=0;let e=0;t.beginValid=r.begin!=null,t.endValid=r.end!=null,t.begin=new Array(t.dims),t.end=new Array(t.dims),t.strides=new Array(t.dims),t.finalShapeGatherIndices=[],t.finalShapeGatherIndicesSparse=[],t.inputShapeGatherIndicesSparse=new Array(t.dims);for(let o=0;o<r.dims;o++)if(1<<o&r.ellipsisMask){let n=Math.min(t.dims-(r.dims-o)+1+r.numAddAxisAfterEllipsis,t.dims);for(;e<n;e++)t.begin[e]=0,t.end[e]=0,t.strides[e]=1,t.beginMask|=1<<e,t.endMask|=1<<e,t.finalShapeGatherIndices.push(e),t.finalShapeGatherIndicesSparse.push(-1),t.inputShapeGatherIndicesSparse[e]=o}else if(1<<o&r.newAxisMask)t.finalShapeGatherIndices.push(fc),t.finalShapeGatherIndicesSparse.push(-1);else{if(e===t.begin.length)throw Error(`Index out of range using input dim ${e}; input has only ${t.dims} dims, ${t.begin.length}.`);r.begin!=null&&(t.begin[e]=r.begin[o]),r.end!=null&&(t.end[e]=r.end[o]),t.strides[e]=r.strides[o],r.beginMask&1<<o&&(t.beginMask|=1<<e),r.endMask&1<<o&&(t.endMask|=1<<e),r.shrinkAxisMask&1<<o?(t.finalShapeGatherIndices.push(pI),t.finalShapeGatherIndicesSparse.push(-1),t.shrinkAxisMask|=1<<e):(t.finalShapeGatherIndices.push(e),t.finalShapeGatherIndicesSparse.push(o)),t.inputShapeGatherIndicesSparse[e]=o,e++}}function bh(r,t,e,o,n,s){if(n[t])return e>0?s[t]:s[t+1&1];{let i=r<0?o+r:r;return i<s[0]?s[0]:i>s[1]?s[1]:i}}var hc="4.22.0";var Ka=class{static sgd(t){return new vr(t)}static momentum(t,e,o=!1){return new Qn(t,e,o)}static rmsprop(t,e=.9,o=0,n=null,s=!1){return new Jn(t,e,o,n,s)}static adam(t=.001,e=.9,o=.999,n=null){return new Yn(t,e,o,n)}static adadelta(t=.001,e=.95,o=null){return new Xn(t,e,o)}static adamax(t=.002,e=.9,o=.999,n=null,s=0){return new Zn(t,e,o,n,s)}static adagrad(t,e=.1){return new jn(t,e)}};var Dh=Ka;var E={};rr(E,{ERF_A1:()=>RI,ERF_A2:()=>AI,ERF_A3:()=>FI,ERF_A4:()=>PI,ERF_A5:()=>MI,ERF_P:()=>$I,PARALLELIZE_THRESHOLD:()=>Xa,RowPartitionType:()=>ze,SELU_SCALE:()=>xc,SELU_SCALEALPHA:()=>gc,applyActivation:()=>Yr,assertAndGetBroadcastShape:()=>J,assertAxesAreInnerMostDims:()=>_2,assertParamsConsistent:()=>xI,assignToTypedArray:()=>OI,axesAreInnerMostDims:()=>Dl,calculateShapes:()=>hv,checkEinsumDimSizes:()=>KI,checkPadOnDimRoundingMode:()=>bt,combineLocations:()=>ad,combineRaggedTensorToTensorShapes:()=>bI,complexWithEvenIndex:()=>BI,complexWithOddIndex:()=>zI,computeConv2DInfo:()=>Lr,computeConv3DInfo:()=>Xf,computeDefaultPad:()=>Cl,computeDilation2DInfo:()=>Z0,computeOptimalWindowSize:()=>vI,computeOutAndReduceShapes:()=>El,computeOutShape:()=>yI,computePool2DInfo:()=>Sl,computePool3DInfo:()=>Q0,convertConv2DDataFormat:()=>jf,decodeEinsumEquation:()=>HI,eitherStridesOrDilationsAreOne:()=>Mt,expandShapeToKeepDim:()=>_e,exponent:()=>WI,exponents:()=>UI,fromStringArrayToUint8:()=>dk,fromUint8ToStringArray:()=>fk,getAxesPermutation:()=>$l,getBroadcastDims:()=>nd,getComplexWithIndex:()=>LI,getEinsumComputePath:()=>XI,getEinsumPermutation:()=>qI,getFusedBiasGradient:()=>jr,getFusedDyActivation:()=>Xr,getImageCenter:()=>II,getInnerMostAxes:()=>G2,getPermuted:()=>TI,getRaggedRank:()=>SI,getReductionAxes:()=>ct,getReshaped:()=>kI,getReshapedPermuted:()=>NI,getRowPartitionTypesHelper:()=>wI,getSliceBeginCoords:()=>DI,getSliceSize:()=>EI,getSparseFillEmptyRowsIndicesDenseShapeMismatch:()=>QI,getSparseFillEmptyRowsNegativeIndexErrorMessage:()=>JI,getSparseFillEmptyRowsOutOfRangeIndexErrorMessage:()=>tk,getSparseReshapeEmptyTensorZeroOutputDimErrorMessage:()=>ok,getSparseReshapeInputOutputMismatchErrorMessage:()=>sk,getSparseReshapeInputOutputMultipleErrorMessage:()=>nk,getSparseReshapeMultipleNegativeOneOutputDimErrorMessage:()=>ek,getSparseReshapeNegativeOutputDimErrorMessage:()=>rk,getSparseSegmentReductionIndicesOutOfRangeErrorMessage:()=>uk,getSparseSegmentReductionNegativeSegmentIdsErrorMessage:()=>ik,getSparseSegmentReductionNonIncreasingSegmentIdsErrorMessage:()=>ak,getSparseSegmentReductionSegmentIdOutOfRangeErrorMessage:()=>pk,getUndoAxesPermutation:()=>zs,isIdentityPermutation:()=>jI,log:()=>JC,mergeRealAndImagArrays:()=>_I,prepareAndValidate:()=>aI,prepareSplitSize:()=>ZI,segment_util:()=>bc,shouldFuse:()=>Zr,slice_util:()=>ae,splitRealAndImagArrays:()=>GI,stridesOrDilationsArePositive:()=>Or,tupleValuesAreOne:()=>se,upcastType:()=>Pt,validateDefaultValueShape:()=>CI,validateInput:()=>dv,validateUpdateShape:()=>Wd,warn:()=>Re});function xI(r,t){let e=r[0].length;r.forEach((n,s)=>{C(n.length===e,()=>`Error in concat${e}D: rank of tensors[${s}] must be the same as the rank of the rest (${e})`)}),C(t>=0&&t<e,()=>`Error in concat${e}D: axis must be between 0 and ${e-1}.`);let o=r[0];r.forEach((n,s)=>{for(let i=0;i<e;i++)C(i===t||n[i]===o[i],()=>`Error in concat${e}D: Shape of tensors[${s}] (${n}) does not match the shape of the rest (${o}) along the non-concatenated axis ${s}.`)})}function yI(r,t){let e=r[0].slice();for(let o=1;o<r.length;o++)e[t]+=r[o][t];return e}var ze;(function(r){r[r.FIRST_DIM_SIZE=0]="FIRST_DIM_SIZE",r[r.VALUE_ROWIDS=1]="VALUE_ROWIDS",r[r.ROW_LENGTHS=2]="ROW_LENGTHS",r[r.ROW_SPLITS=3]="ROW_SPLITS",r[r.ROW_LIMITS=4]="ROW_LIMITS",r[r.ROW_STARTS=5]="ROW_STARTS"})(ze||(ze={}));function bI(r,t,e){let o=new Array;if(e==null&&t==null)return o;if(t==null)for(;o.length<r+e.length;)o.push(-1);else o=t.slice();if(e==null)return o;if(r+e.length!==o.length)throw new Error(`rt input.shape and shape=${t} are incompatible: rt input.rank = ${r+e.length}, but shape.rank = ${o.length}`);for(let n=1;n<e.length;++n){let s=e[n],i=o[o.length-e.length+n],a=o[i];if(s>=0)if(a>=0){if(a!==s)throw new Error(`rt input.shape and shape=${t} are incompatible: rt input.shape[${n+r}] = ${s} but shape[${n+r}] = ${a}`)}else o[i]=s}return o}function wI(r){let t={FIRST_DIM_SIZE:ze.FIRST_DIM_SIZE,VALUE_ROWIDS:ze.VALUE_ROWIDS,ROW_LENGTHS:ze.ROW_LENGTHS,ROW_SPLITS:ze.ROW_SPLITS,ROW_LIMITS:ze.ROW_LIMITS,ROW_STARTS:ze.ROW_STARTS},e=[];for(let o of r)if(o in t)e.push(t[o]);else break;return e}function SI(r){return r.length===0?0:r[0]===ze.FIRST_DIM_SIZE?r.length-1:r.length}function CI(r,t){if(r==null||t==null)return;let e=r.length,o=t.length;if(e>=o)throw new Error(`defaultValue.shape=${r} and ragged tensor flatValues.shape=${t}, are incompatible: defaultValue.rank = ${e} must be less than ragged tensor input flatValues.rank = ${o})`);for(let n=0;n<Math.min(e,o-1);++n){let s=r[n],i=t[n+1];if(s>=0&&i>=0&&s!==1&&s!==i)throw new Error(`defaultValue.shape=${r}, and ragged tensor input flatValues.shape=${t} are incompatible: defaultValue.shape[${n-r.length}] = ${s} but ragged tensor input.flatValues.shape[${n-r.length}] = ${i}`)}}var Xa=30;function vI(r){return r<=Xa?r:uo(r,Math.floor(Math.sqrt(r)))}function II(r,t,e){let o=e*(typeof r=="number"?r:r[0]),n=t*(typeof r=="number"?r:r[1]);return[o,n]}function kI(r,t,e,o=!0){let n=[];if(o)n=n.concat(t.slice(0)),n.push(r[0]/e),n=n.concat(r.slice(1));else{n=n.concat(r[0]);let s=t.length;for(let i=0;i<s;++i)n=n.concat([r[i+1]/t[i],t[i]]);n=n.concat(r.slice(s+1))}return n}function TI(r,t,e=!0){let o=[];if(e){o.push(t);for(let n=t+1;n<r;++n)n<=2*t?(o.push(n),o.push(n-(t+1))):o.push(n)}else{let n=[],s=[];for(let i=1;i<r;++i)i>=t*2+1||i%2===1?s.push(i):n.push(i);o.push(...n),o.push(0),o.push(...s)}return o}function NI(r,t,e,o=!0){let n=[];o?n.push(r[0]/e):n.push(r[0]*e);for(let s=1;s<r.length;++s)s<=t.length?o?n.push(t[s-1]*r[s]):n.push(r[s]/t[s-1]):n.push(r[s]);return n}function DI(r,t){let e=[0];for(let o=0;o<t;++o)e.push(r[o][0]);return e}function EI(r,t,e){let o=r.slice(0,1);for(let n=0;n<e;++n)o.push(r[n+1]-t[n][0]-t[n][1]);return o}var gc=1.7580993408473768,xc=1.0507009873554805;var $I=.3275911,RI=.254829592,AI=-.284496736,FI=1.421413741,PI=-1.453152027,MI=1.061405429;function _I(r,t){if(r.length!==t.length)throw new Error(`Cannot merge real and imag arrays of different lengths. real:${r.length}, imag: ${t.length}.`);let e=new Float32Array(r.length*2);for(let o=0;o<e.length;o+=2)e[o]=r[o/2],e[o+1]=t[o/2];return e}function GI(r){let t=new Float32Array(r.length/2),e=new Float32Array(r.length/2);for(let o=0;o<r.length;o+=2)t[o/2]=r[o],e[o/2]=r[o+1];return{real:t,imag:e}}function BI(r){let t=Math.ceil(r.length/4),e=new Float32Array(t),o=new Float32Array(t);for(let n=0;n<r.length;n+=4)e[Math.floor(n/4)]=r[n],o[Math.floor(n/4)]=r[n+1];return{real:e,imag:o}}function zI(r){let t=Math.floor(r.length/4),e=new Float32Array(t),o=new Float32Array(t);for(let n=2;n<r.length;n+=4)e[Math.floor(n/4)]=r[n],o[Math.floor(n/4)]=r[n+1];return{real:e,imag:o}}function LI(r,t){let e=r[t*2],o=r[t*2+1];return{real:e,imag:o}}function OI(r,t,e,o){r[o*2]=t,r[o*2+1]=e}function UI(r,t){let e=new Float32Array(r/2),o=new Float32Array(r/2);for(let n=0;n<Math.ceil(r/2);n++){let s=(t?2:-2)*Math.PI*(n/r);e[n]=Math.cos(s),o[n]=Math.sin(s)}return{real:e,imag:o}}function WI(r,t,e){let o=(e?2:-2)*Math.PI*(r/t),n=Math.cos(o),s=Math.sin(o);return{real:n,imag:s}}var yc="->",VI=/->/g,Eh=",",$h="...";function HI(r,t){r=r.replace(/\s/g,"");let e=(r.length-r.replace(VI,"").length)/yc.length;if(e<1)throw new Error("Equations without an arrow are not supported.");if(e>1)throw new Error(`Equation must contain exactly one arrow ("${yc}").`);let[o,n]=r.split(yc);C(o.indexOf($h)===-1,()=>`The ellipsis notation ("${$h}") is not supported yet.`);let s=o.split(Eh),i=s.length;if(t!==i)throw new Error(`Expected ${i} input tensors, received ${t}`);if(i>2)throw new Error("Support for more than 2 input tensors is not implemented yet.");let a=[];for(let m=0;m<n.length;++m){let f=n[m];if(!s.some(d=>d.indexOf(f)!==-1))throw new Error(`Output subscripts contain the label ${f} not present in the input subscripts.`);a.indexOf(f)===-1&&a.push(f)}for(let m=0;m<o.length;++m){let f=o[m];a.indexOf(f)===-1&&f!==Eh&&a.push(f)}let p=new Array(s.length);for(let m=0;m<i;++m){if(new Set(s[m].split("")).size!==s[m].length)throw new Error(`Found duplicate axes in input component ${s[m]}. Support for duplicate axes in input is not implemented yet.`);p[m]=[];for(let f=0;f<s[m].length;++f)p[m].push(a.indexOf(s[m][f]))}let u=a.length,c=n.length,l=[];for(let m=c;m<u;++m)l.push(m);return{allDims:a,summedDims:l,idDims:p}}function qI(r,t){let e=new Array(r);e.fill(-1);for(let n=0;n<t.length;++n)e[t[n]]=n;let o=[];for(let n=0;n<r;++n)e[n]===-1&&o.push(n);return e=e.filter(n=>n!==-1),{permutationIndices:e,expandDims:o}}function KI(r,t,e){let o=new Array(r);for(let n=0;n<e.length;++n){let s=e[n].shape;for(let i=0;i<t[n].length;++i)o[t[n][i]]===void 0?o[t[n][i]]=s[i]:C(o[t[n][i]]===s[i],()=>`Expected dimension ${o[t[n][i]]} at axis ${i} of input shaped ${JSON.stringify(s)}, but got dimension ${s[i]}`)}}function XI(r,t){let e=r,o=[],n=0;r.length===0&&e.push(-1),n=r.length+1;for(let i=0;i<n;++i)o.push([]);let s=[];for(let i=0;i<e.length;++i){let a=e[i],p=YI(t,a);for(let u of p)s.indexOf(u)===-1&&(o[i].push(u),s.push(u))}return{path:e,steps:o}}function jI(r){return r.every((t,e)=>t===e)}function YI(r,t){let e=[];for(let o=0;o<r.length;++o)(r[o].length===0||r[o].indexOf(t)!==-1||t===-1)&&e.push(o);return e}function ZI(r,t,e=0){let o=[];if(typeof t=="number")C(r.shape[e]%t===0,()=>"Number of splits must evenly divide the axis."),o=new Array(t).fill(r.shape[e]/t);else{let n=t.reduce((i,a)=>(a===-1&&(i+=1),i),0);C(n<=1,()=>"There should be only one negative value in split array.");let s=t.indexOf(-1);if(s!==-1){let i=t.reduce((a,p)=>p>0?a+p:a);t[s]=r.shape[e]-i}C(r.shape[e]===t.reduce((i,a)=>i+a),()=>"The sum of sizes must match the size of the axis dimension."),o=t}return o}function QI(r){return`Received SparseTensor with denseShape[0] = 0 but
  indices.shape[0] = ${r}`}function JI(r,t){return`indices(${r}, 0) is invalid: ${t} < 0`}function tk(r,t,e){return`indices(${r}, 0) is invalid: ${t} >= ${e}`}function ek(r,t){return`only one output dimension may be -1, not both ${r} and ${t}`}function rk(r,t){return`size ${r} must be non-negative, not ${t}`}function ok(){return"reshape cannot infer the missing input size for an empty tensor unless all specified input sizes are non-zero"}function nk(r,t){let e=mt(r),o=mt(t);return`Input to reshape is a SparseTensor with ${e}
  dense values, but the requested shape requires a multiple of ${o}. inputShape=${r} outputShape= ${t}`}function sk(r,t){let e=mt(r),o=mt(t);return`Input to reshape is a tensor with ${e} dense values, but the requested shape has ${o}. inputShape=${r} outputShape=${t}`}function ik(){return"segment ids must be >= 0"}function ak(){return"segment ids are not increasing"}function pk(r,t){return`Segment id ${r} out of range [0, ${t}), possibly because segmentIds input is not sorted.`}function uk(r,t,e){return`Bad: indices[${r}] == ${t} out of range [0, ${e})`}var bc={};rr(bc,{collectGatherOpShapeInfo:()=>mk,computeOutShape:()=>ck,segOpComputeOptimalWindowSize:()=>lk});function lk(r,t){let e=!1,o;for(r<=Xa?(o=r,e=!0):o=uo(r,Math.floor(Math.sqrt(r)));!e;)o>t||o===r?e=!0:o=uo(r,o+1);return o}function ck(r,t,e){let o=[],n=r.length;for(let s=0;s<n;s++)s!==t?o.push(r[s]):o.push(e);return o}function mk(r,t,e,o){let n=t.shape.length,s=r.shape.length;if(o!==0&&(o<-n||o>n))throw new Error(`Expect batchDims in the range of [-${n}, ${n}], but got ${o}`);if(o<0&&(o+=n),o>s)throw new Error(`batchDims (${o}) must be less than rank(x) (
    ${s}).`);if(e<o)throw new Error(`batchDims (${o}) must be less than or equal to axis (${e}).`);for(let l=0;l<o;++l)if(r.shape[l]!==t.shape[l])throw new Error(`x.shape[${l}]: ${r.shape[l]} should be equal to indices.shape[${l}]: ${t.shape[l]}.`);let i=r.shape[e],a=[],p=1,u=1,c=1;for(let l=0;l<o;++l)a.push(r.shape[l]),p*=r.shape[l];for(let l=o;l<e;l++)a.push(r.shape[l]),u*=r.shape[l];for(let l=o;l<n;l++)a.push(t.shape[l]);for(let l=e+1;l<s;l++)a.push(r.shape[l]),c*=r.shape[l];return{batchSize:p,sliceSize:c,outerSize:u,dimSize:i,outputShape:a}}function fk(r){try{return r.map(t=>Nn(t))}catch(t){throw new Error(`Failed to decode encoded string bytes into utf-8, error: ${t}`)}}function dk(r){return r.map(t=>Tn(t))}var es={};rr(es,{nonMaxSuppressionV3Impl:()=>Oa,nonMaxSuppressionV4Impl:()=>Ua,nonMaxSuppressionV5Impl:()=>Wa,whereImpl:()=>qd});fh();I().prototype.abs=function(){return this.throwIfDisposed(),Yt(this)};I().prototype.acos=function(){return this.throwIfDisposed(),dl(this)};I().prototype.acosh=function(){return this.throwIfDisposed(),hl(this)};I().prototype.add=function(r){return this.throwIfDisposed(),H(this,r)};I().prototype.all=function(r,t){return this.throwIfDisposed(),Uf(this,r,t)};I().prototype.any=function(r,t){return this.throwIfDisposed(),Vf(this,r,t)};I().prototype.argMax=function(r){return this.throwIfDisposed(),Hf(this,r)};I().prototype.argMin=function(r){return this.throwIfDisposed(),qf(this,r)};I().prototype.asScalar=function(){return this.throwIfDisposed(),C(this.size===1,()=>"The array must have only 1 element."),D(this,[])};I().prototype.asType=function(r){return this.throwIfDisposed(),z(this,r)};I().prototype.as1D=function(){return this.throwIfDisposed(),D(this,[this.size])};I().prototype.as2D=function(r,t){return this.throwIfDisposed(),D(this,[r,t])};I().prototype.as3D=function(r,t,e){return this.throwIfDisposed(),D(this,[r,t,e])};I().prototype.as4D=function(r,t,e,o){return this.throwIfDisposed(),D(this,[r,t,e,o])};I().prototype.as5D=function(r,t,e,o,n){return this.throwIfDisposed(),D(this,[r,t,e,o,n])};I().prototype.asin=function(){return this.throwIfDisposed(),gl(this)};I().prototype.asinh=function(){return this.throwIfDisposed(),xl(this)};I().prototype.atan=function(){return this.throwIfDisposed(),yl(this)};I().prototype.atan2=function(r){return this.throwIfDisposed(),Kf(this,r)};I().prototype.atanh=function(){return this.throwIfDisposed(),bl(this)};I().prototype.avgPool=function(r,t,e,o){return this.throwIfDisposed(),ya(this,r,t,e,o)};I().prototype.batchToSpaceND=function(r,t){return this.throwIfDisposed(),Fn(this,r,t)};I().prototype.batchNorm=function(r,t,e,o,n){return this.throwIfDisposed(),Zf(this,r,t,e,o,n)};I().prototype.broadcastTo=function(r){return this.throwIfDisposed(),Xe(this,r)};I().prototype.cast=function(r){return this.throwIfDisposed(),z(this,r)};I().prototype.ceil=function(){return this.throwIfDisposed(),Il(this)};I().prototype.clipByValue=function(r,t){return this.throwIfDisposed(),_s(this,r,t)};I().prototype.concat=function(r,t){return this.throwIfDisposed(),r instanceof Nt&&(r=[r]),de([this,...r],t)};I().prototype.conv1d=function(r,t,e,o,n,s){return this.throwIfDisposed(),Jf(this,r,t,e,o,n,s)};I().prototype.conv2dTranspose=function(r,t,e,o,n){return this.throwIfDisposed(),td(this,r,t,e,o,n)};I().prototype.conv2d=function(r,t,e,o,n,s){return this.throwIfDisposed(),Me(this,r,t,e,o,n,s)};I().prototype.cos=function(){return this.throwIfDisposed(),Ur(this)};I().prototype.cosh=function(){return this.throwIfDisposed(),Gs(this)};I().prototype.cumprod=function(r,t,e){return this.throwIfDisposed(),Bs(this,r,t,e)};I().prototype.cumsum=function(r,t,e){return this.throwIfDisposed(),ba(this,r,t,e)};I().prototype.depthToSpace=function(r,t){return this.throwIfDisposed(),rd(this,r,t)};I().prototype.depthwiseConv2d=function(r,t,e,o,n,s){return this.throwIfDisposed(),_n(this,r,t,e,o,n,s)};I().prototype.dilation2d=function(r,t,e,o,n){return this.throwIfDisposed(),od(this,r,t,e,o,n)};I().prototype.divNoNan=function(r){return this.throwIfDisposed(),sd(this,r)};I().prototype.div=function(r){return this.throwIfDisposed(),Y(this,r)};I().prototype.dot=function(r){return this.throwIfDisposed(),id(this,r)};I().prototype.elu=function(){return this.throwIfDisposed(),Sa(this)};I().prototype.equal=function(r){return this.throwIfDisposed(),Gn(this,r)};I().prototype.erf=function(){return this.throwIfDisposed(),Nl(this)};I().prototype.euclideanNorm=function(r,t){return this.throwIfDisposed(),ud(this,r,t)};I().prototype.exp=function(){return this.throwIfDisposed(),Bt(this)};I().prototype.expandDims=function(r){return this.throwIfDisposed(),zn(this,r)};I().prototype.expm1=function(){return this.throwIfDisposed(),_l(this)};I().prototype.fft=function(){return this.throwIfDisposed(),Zs(this)};I().prototype.flatten=function(){return this.throwIfDisposed(),D(this,[this.size])};I().prototype.floor=function(){return this.throwIfDisposed(),Us(this)};I().prototype.floorDiv=function(r){return this.throwIfDisposed(),xa(this,r)};I().prototype.gather=function(r,t,e){return this.throwIfDisposed(),va(this,r,t,e)};I().prototype.greaterEqual=function(r){return this.throwIfDisposed(),Cr(this,r)};I().prototype.greater=function(r){return this.throwIfDisposed(),Ot(this,r)};I().prototype.ifft=function(){return this.throwIfDisposed(),Hn(this)};I().prototype.irfft=function(){return this.throwIfDisposed(),oc(this)};I().prototype.isFinite=function(){return this.throwIfDisposed(),Gl(this)};I().prototype.isInf=function(){return this.throwIfDisposed(),Bl(this)};I().prototype.isNaN=function(){return this.throwIfDisposed(),zl(this)};I().prototype.leakyRelu=function(r){return this.throwIfDisposed(),Ia(this,r)};I().prototype.lessEqual=function(r){return this.throwIfDisposed(),Be(this,r)};I().prototype.less=function(r){return this.throwIfDisposed(),ka(this,r)};I().prototype.localResponseNormalization=function(r,t,e,o){return this.throwIfDisposed(),ld(this,r,t,e,o)};I().prototype.logSigmoid=function(){return this.throwIfDisposed(),Ul(this)};I().prototype.logSoftmax=function(r){return this.throwIfDisposed(),Wl(this,r)};I().prototype.logSumExp=function(r,t){return this.throwIfDisposed(),cd(this,r,t)};I().prototype.log=function(){return this.throwIfDisposed(),je(this)};I().prototype.log1p=function(){return this.throwIfDisposed(),Ol(this)};I().prototype.logicalAnd=function(r){return this.throwIfDisposed(),Ye(this,r)};I().prototype.logicalNot=function(){return this.throwIfDisposed(),Un(this)};I().prototype.logicalOr=function(r){return this.throwIfDisposed(),Na(this,r)};I().prototype.logicalXor=function(r){return this.throwIfDisposed(),md(this,r)};I().prototype.matMul=function(r,t,e){return this.throwIfDisposed(),lt(this,r,t,e)};I().prototype.maxPool=function(r,t,e,o){return this.throwIfDisposed(),Da(this,r,t,e,o)};I().prototype.max=function(r,t){return this.throwIfDisposed(),Ge(this,r,t)};I().prototype.maximum=function(r){return this.throwIfDisposed(),Wn(this,r)};I().prototype.mean=function(r,t){return this.throwIfDisposed(),Ze(this,r,t)};I().prototype.min=function(r,t){return this.throwIfDisposed(),Ls(this,r,t)};I().prototype.minimum=function(r){return this.throwIfDisposed(),fd(this,r)};I().prototype.mirrorPad=function(r,t){return this.throwIfDisposed(),dd(this,r,t)};I().prototype.mod=function(r){return this.throwIfDisposed(),hd(this,r)};I().prototype.mul=function(r){return this.throwIfDisposed(),$(this,r)};I().prototype.neg=function(){return this.throwIfDisposed(),ft(this)};I().prototype.norm=function(r,t,e){return this.throwIfDisposed(),Ca(this,r,t,e)};I().prototype.notEqual=function(r){return this.throwIfDisposed(),gd(this,r)};I().prototype.oneHot=function(r,t=1,e=0){return this.throwIfDisposed(),xd(this,r,t,e)};I().prototype.onesLike=function(){return this.throwIfDisposed(),ql(this)};I().prototype.pad=function(r,t){return this.throwIfDisposed(),Ea(this,r,t)};I().prototype.pool=function(r,t,e,o,n,s){return this.throwIfDisposed(),yd(this,r,t,e,o,n,s)};I().prototype.pow=function(r){return this.throwIfDisposed(),Ie(this,r)};I().prototype.prelu=function(r){return this.throwIfDisposed(),$a(this,r)};I().prototype.prod=function(r,t){return this.throwIfDisposed(),bd(this,r,t)};I().prototype.reciprocal=function(){return this.throwIfDisposed(),tc(this)};I().prototype.relu=function(){return this.throwIfDisposed(),Pa(this)};I().prototype.relu6=function(){return this.throwIfDisposed(),Ma(this)};I().prototype.reshapeAs=function(r){return this.throwIfDisposed(),D(this,r.shape)};I().prototype.reshape=function(r){return this.throwIfDisposed(),D(this,r)};I().prototype.resizeBilinear=function(r,t,e){return this.throwIfDisposed(),Va(this,r,t,e)};I().prototype.resizeNearestNeighbor=function(r,t,e){return this.throwIfDisposed(),Ha(this,r,t,e)};I().prototype.reverse=function(r){return this.throwIfDisposed(),qr(this,r)};I().prototype.rfft=function(){return this.throwIfDisposed(),nc(this)};I().prototype.round=function(){return this.throwIfDisposed(),Ks(this)};I().prototype.rsqrt=function(){return this.throwIfDisposed(),Kr(this)};I().prototype.selu=function(){return this.throwIfDisposed(),Bd(this)};I().prototype.separableConv2d=function(r,t,e,o,n,s){return this.throwIfDisposed(),zd(this,r,t,e,o,n,s)};I().prototype.sigmoid=function(){return this.throwIfDisposed(),ve(this)};I().prototype.sign=function(){return this.throwIfDisposed(),ec(this)};I().prototype.sin=function(){return this.throwIfDisposed(),Xs(this)};I().prototype.sinh=function(){return this.throwIfDisposed(),js(this)};I().prototype.slice=function(r,t){return this.throwIfDisposed(),Dt(this,r,t)};I().prototype.softmax=function(r){return this.throwIfDisposed(),Ys(this,r)};I().prototype.softplus=function(){return this.throwIfDisposed(),Hs(this)};I().prototype.spaceToBatchND=function(r,t){return this.throwIfDisposed(),Vn(this,r,t)};I().prototype.split=function(r,t){return this.throwIfDisposed(),ge(this,r,t)};I().prototype.sqrt=function(){return this.throwIfDisposed(),vt(this)};I().prototype.square=function(){return this.throwIfDisposed(),et(this)};I().prototype.squaredDifference=function(r){return this.throwIfDisposed(),Od(this,r)};I().prototype.squeeze=function(r){return this.throwIfDisposed(),Ud(this,r)};I().prototype.stack=function(r,t){this.throwIfDisposed();let e=r instanceof Nt?[this,r]:[this,...r];return qn(e,t)};I().prototype.step=function(r){return this.throwIfDisposed(),Te(this,r)};I().prototype.stridedSlice=function(r,t,e,o,n,s,i,a){return this.throwIfDisposed(),sc(this,r,t,e,o,n,s,i,a)};I().prototype.sub=function(r){return this.throwIfDisposed(),tt(this,r)};I().prototype.sum=function(r,t){return this.throwIfDisposed(),Z(this,r,t)};I().prototype.tan=function(){return this.throwIfDisposed(),ac(this)};I().prototype.tanh=function(){return this.throwIfDisposed(),vl(this)};I().prototype.tile=function(r){return this.throwIfDisposed(),Ln(this,r)};I().prototype.toBool=function(){return this.throwIfDisposed(),z(this,"bool")};I().prototype.toFloat=function(){return this.throwIfDisposed(),z(this,"float32")};I().prototype.toInt=function(){return this.throwIfDisposed(),z(this,"int32")};I().prototype.topk=function(r,t){return this.throwIfDisposed(),Vd(this,r,t)};I().prototype.transpose=function(r){return this.throwIfDisposed(),Qt(this,r)};I().prototype.unique=function(r){return this.throwIfDisposed(),Hd(this,r)};I().prototype.unsortedSegmentSum=function(r,t){return this.throwIfDisposed(),_a(this,r,t)};I().prototype.unstack=function(r){return this.throwIfDisposed(),Ga(this,r)};I().prototype.where=function(r,t){return this.throwIfDisposed(),Et(r,this,t)};I().prototype.zerosLike=function(){return this.throwIfDisposed(),j(this)};var ja={kernelName:"Abs",inputsToSave:["x"],gradFunc:(r,t)=>{let[e]=t;return{x:()=>$(r,Te(z(e,"float32"),-1))}}};var Rh={kernelName:co,inputsToSave:["x"],gradFunc:(r,t)=>{let[e]=t;return{x:()=>{let o=et(z(e,"float32")),n=vt(tt(nt(1),o));return ft(Y(r,n))}}}};var Ah={kernelName:mo,inputsToSave:["x"],gradFunc:(r,t)=>{let[e]=t;return{x:()=>{let o=vt(tt(et(z(e,"float32")),1));return Y(r,o)}}}};var Fh={kernelName:"Add",inputsToSave:["a","b"],gradFunc:(r,t)=>{let[e,o]=t,n=J(e.shape,o.shape);return{a:()=>{let a=r,p=ct(e.shape,n);return p.length>0&&(a=Z(a,p)),D(a,e.shape)},b:()=>{let a=r,p=ct(o.shape,n);return p.length>0&&(a=Z(a,p)),D(a,o.shape)}}}};var Ph={kernelName:hi,saveAllInputs:!0,gradFunc:(r,t)=>{let e={};return t.forEach((o,n)=>{e[n]=()=>r.clone()}),e}};var Mh={kernelName:fo,inputsToSave:["x"],gradFunc:(r,t)=>{let[e]=t;return{x:()=>j(e)}}};var _h={kernelName:ho,inputsToSave:["x"],gradFunc:(r,t)=>{let[e]=t;return{x:()=>j(e)}}};var Gh={kernelName:go,inputsToSave:["x"],gradFunc:(r,t)=>{let[e]=t;return{x:()=>Y(r,vt(tt(nt(1),et(z(e,"float32")))))}}};var Bh={kernelName:xo,inputsToSave:["x"],gradFunc:(r,t)=>{let[e]=t;return{x:()=>{let o=vt(H(nt(1),et(z(e,"float32"))));return Y(r,o)}}}};var zh={kernelName:wo,inputsToSave:["a","b"],gradFunc:(r,t)=>{let[e,o]=t,n=J(e.shape,o.shape);return{a:()=>{let a=H(et(e),et(o)),p=$(r,Y(o,a)),u=ct(e.shape,n);return u.length>0&&(p=Z(p,u)),D(p,e.shape)},b:()=>{let a=H(et(e),et(o)),p=ft($(r,Y(e,a))),u=ct(o.shape,n);return u.length>0&&(p=Z(p,u)),D(p,o.shape)}}}};var Lh={kernelName:yo,inputsToSave:["x"],gradFunc:(r,t)=>{let[e]=t;return{x:()=>Y(r,H(et(z(e,"float32")),1))}}};var Oh={kernelName:bo,inputsToSave:["x"],gradFunc:(r,t)=>{let[e]=t;return{x:()=>Y(r,tt(nt(1),et(z(e,"float32"))))}}};function hk(r,t,e,o,n,s){let i=x(r,"dy","avgPool3dGrad"),a=x(t,"input","avgPool3dGrad"),p=i,u=a,c=!1;a.rank===4&&(c=!0,p=D(i,[1,i.shape[0],i.shape[1],i.shape[2],i.shape[3]]),u=D(a,[1,a.shape[0],a.shape[1],a.shape[2],a.shape[3]])),C(p.rank===5,()=>`Error in avgPool3dGrad: dy must be rank 5 but got rank ${p.rank}.`),C(u.rank===5,()=>`Error in avgPool3dGrad: input must be rank 5 but got rank ${u.rank}.`),bt("avgPool3dGrad",n,s);let l={dy:p,input:u},m={filterSize:e,strides:o,pad:n,dimRoundingMode:s},f=y.runKernel(yi,l,m);return c?D(f,[f.shape[1],f.shape[2],f.shape[3],f.shape[4]]):f}var Uh=w({avgPool3dGrad_:hk});var Wh={kernelName:xi,inputsToSave:["x"],gradFunc:(r,t,e)=>{let[o]=t,{filterSize:n,strides:s,pad:i,dimRoundingMode:a}=e;return{x:()=>Uh(r,o,n,s,i,a)}}};function gk(r,t,e,o,n){let s=x(r,"dy","avgPoolGrad"),i=x(t,"input","avgPoolGrad");C(i.rank===s.rank,()=>`Rank of input (${i.rank}) does not match rank of dy (${s.rank})`);let a=i,p=s,u=!1;i.rank===3&&(u=!0,a=D(i,[1,i.shape[0],i.shape[1],i.shape[2]]),p=D(s,[1,s.shape[0],s.shape[1],s.shape[2]])),C(p.rank===4,()=>`Error in avgPoolGrad: dy must be rank 4 but got rank ${p.rank}.`),C(a.rank===4,()=>`Error in avgPoolGrad: input must be rank 4 but got rank ${a.rank}.`);let c={dy:p,input:a},l={filterSize:e,strides:o,pad:n},m=y.runKernel(gi,c,l);return u?D(m,[m.shape[1],m.shape[2],m.shape[3]]):m}var Vh=w({avgPoolGrad_:gk});var Hh={kernelName:So,inputsToSave:["x"],gradFunc:(r,t,e)=>{let[o]=t,{filterSize:n,strides:s,pad:i}=e;return{x:()=>Vh(r,o,n,s,i)}}};var qh={kernelName:Co,inputsToSave:["a","b"],gradFunc:(r,t,e)=>{let[o,n]=t,{transposeA:s,transposeB:i}=e;return!s&&!i?{a:()=>lt(r,n,!1,!0),b:()=>lt(o,r,!0,!1)}:!s&&i?{a:()=>lt(r,n,!1,!1),b:()=>lt(r,o,!0,!1)}:s&&!i?{a:()=>lt(n,r,!1,!0),b:()=>lt(o,r,!1,!1)}:{a:()=>lt(n,r,!0,!0),b:()=>lt(r,o,!0,!0)}}};var Kh={kernelName:vo,gradFunc:(r,t,e)=>{let{blockShape:o,crops:n}=e;return{x:()=>Vn(r,o,n)}}};var Xh={kernelName:Tm,gradFunc:(r,t,e)=>{let o=e,n=o.inputShape,s=o.shape,i=Array.from(s);for(let p=n.length-1;p>=0;p--)if(n[p]===s[p])i[p]=1;else if(n[p]!==1)throw new Error(`broadcastTo(): [${n}] cannot be broadcast to [${s}].`);let a=[];for(let p=0;p<i.length;p++)i[p]>1&&a.push(p);return{x:()=>Z(r,a,!0)}}};var jh={kernelName:We,gradFunc:r=>({x:()=>r.clone()})};var Yh={kernelName:nr,gradFunc:r=>({x:()=>j(r)})};var Zh={kernelName:Io,inputsToSave:["x"],gradFunc:(r,t,e)=>{let[o]=t,{clipValueMin:n,clipValueMax:s}=e;return{x:()=>Et(Ye(Cr(o,n),Be(o,s)),r,j(r))}}};var Qh={kernelName:ko,inputsToSave:["x"],gradFunc:ja.gradFunc};var Jh={kernelName:To,saveAllInputs:!0,gradFunc:(r,t,e)=>{let o=t.map(p=>p.shape),{axis:n}=e,s=kt(n,t[0].shape)[0],i=o.map(p=>p[s]);return ge(r,i,s).map(p=>()=>p)}};var tg={kernelName:No,inputsToSave:["x","filter"],gradFunc:(r,t,e)=>{let[o,n]=t,{dilations:s,strides:i,pad:a,dataFormat:p}=e;return C(se(s),()=>`Error in gradient of conv2D: dilation rates greater than 1 are not yet supported in gradients. Got dilations '${s}'`),{x:()=>Mn(o.shape,r,n,i,a,p),filter:()=>Kn(o,r,n.shape,i,a,p)}}};var eg={kernelName:Do,inputsToSave:["dy","filter"],gradFunc:(r,t,e)=>{let[o,n]=t,{strides:s,pad:i,dataFormat:a,dimRoundingMode:p}=e;return{dy:()=>Me(r,n,s,i,a,1,p),filter:()=>Kn(r,o,n.shape,s,i,a,p)}}};function xk(r,t,e,o,n){let s=r;r.rank===4&&(s=D(r,[1,r.shape[0],r.shape[1],r.shape[2],r.shape[3]]));let i=t;i.rank===4&&(i=D(t,[1,t.shape[0],t.shape[1],t.shape[2],t.shape[3]])),C(s.rank===5,()=>`Error in conv3dDerFilter: input must be rank 5, but got shape ${s.shape}.`),C(i.rank===5,()=>`Error in conv3dDerFilter: dy must be rank 5, but got shape ${i.shape}.`),C(e.length===5,()=>`Error in conv3dDerFilter: filterShape must be length 5, but got ${e}.`),C(s.shape[4]===e[3],()=>`Error in conv3dDerFilter: depth of input ${s.shape[4]}) must match input depth in filter (${e[3]}.`),C(i.shape[4]===e[4],()=>`Error in conv3dDerFilter: depth of dy (${i.shape[4]}) must match output depth for filter (${e[4]}).`);let a={x:s,dy:i},p={strides:o,pad:n,filterShape:e};return y.runKernel(Ci,a,p)}var rg=w({conv3DBackpropFilter_:xk});var og={kernelName:Si,inputsToSave:["x","filter"],gradFunc:(r,t,e)=>{let{dilations:o,strides:n,pad:s}=e;C(se(o),()=>`Error in gradient of conv3D: dilation rates greater than 1 are not yet supported in gradients. Got dilations '${o}'`);let[i,a]=t;return{x:()=>ed(i.shape,r,a,n,s),filter:()=>rg(i,r,a.shape,n,s)}}};var ng={kernelName:"Cos",inputsToSave:["x"],gradFunc:(r,t)=>{let[e]=t;return{x:()=>$(ft(Xs(z(e,"float32"))),r)}}};var sg={kernelName:Eo,inputsToSave:["x"],gradFunc:(r,t)=>{let[e]=t;return{x:()=>$(js(z(e,"float32")),r)}}};var ig={kernelName:$o,inputsToSave:["x"],gradFunc:(r,t,e)=>{let[o]=t,{axis:n,exclusive:s,reverse:i}=e;return{x:()=>{let a=$l([n],o.rank),p=ba(r,n,s,!i);return a!=null&&(p=Qt(p,a)),p}}}};var ag={kernelName:Ro,inputsToSave:["x","filter"],gradFunc:(r,t,e)=>{let{dilations:o,strides:n,pad:s,dimRoundingMode:i}=e,a=o??[1,1];C(se(a),()=>`Error in gradient of depthwiseConv2dNative: dilation rates greater than 1 are not yet supported. Got dilations '${a}'`);let[p,u]=t;return C(p.rank===4,()=>`Error in gradient of depthwiseConv2dNative: input must be rank 4, but got rank ${p.rank}.`),C(u.rank===4,()=>`Error in gradient of depthwiseConv2dNative: filter must be rank 4, but got rank ${u.rank}.`),C(p.shape[3]===u.shape[2],()=>`Error in gradient of depthwiseConv2d: number of input channels (${p.shape[3]}) must match the inChannels dimension in filter ${u.shape[2]}.`),C(Mt(n,a),()=>`Error in gradient of depthwiseConv2d: Either strides or dilations must be  1. Got strides ${n} and dilations '${a}'.`),bt("depthwiseConv2d",s,i),{x:()=>za(p.shape,r,u,n,s,a,i),filter:()=>Ba(p,r,u.shape,n,s,a,i)}}};var pg={kernelName:Ao,inputsToSave:["x","filter"],gradFunc:(r,t,e)=>{let[o,n]=t,s={x:o,filter:n,dy:r},i={x:o,filter:n,dy:r};return{x:()=>y.runKernel(Ei,s,e),filter:()=>y.runKernel($i,i,e)}}};var ug={kernelName:"Elu",outputsToSave:[!0],gradFunc:(r,t)=>{let[e]=t,o={dy:r,y:e};return{x:()=>y.runKernel(Ai,o)}}};var lg={kernelName:"Erf",inputsToSave:["x"],gradFunc:(r,t)=>{let[e]=t,o=$(Bt(ft(et(e))),2/Math.sqrt(Math.PI));return{x:()=>$(r,o)}}};var cg={kernelName:"Exp",outputsToSave:[!0],gradFunc:(r,t)=>{let[e]=t;return{x:()=>$(r,e)}}};var mg={kernelName:Mo,inputsToSave:["input"],gradFunc:(r,t)=>{let[e]=t;return{input:()=>D(r,e.shape)}}};var fg={kernelName:sr,inputsToSave:["x"],gradFunc:(r,t)=>{let[e]=t;return{x:()=>$(r,Bt(e))}}};var dg={kernelName:ir,gradFunc:r=>({x:()=>j(r)})};var hg={kernelName:ar,inputsToSave:["a","b"],gradFunc:(r,t)=>{let[e,o]=t,n=J(e.shape,o.shape);return{a:()=>{let a=Y(r,z(o,"float32")),p=ct(e.shape,n);return p.length>0?D(Z(a,p),e.shape):a},b:()=>{let a=$(r,z(e,"float32")),p=ct(o.shape,n);p.length>0&&(a=D(Z(a,p),o.shape));let u=et(o);return ft(Y(a,z(u,"float32")))}}}};var gg={kernelName:_o,inputsToSave:["x","mean","variance","scale"],gradFunc:(r,t,e)=>{let{varianceEpsilon:o}=e,[n,s,i,a]=t,p=a??nt(1),u=ct(s.shape,n.shape),c=[];if(s.rank===1){for(let v=0;v<n.shape.length-1;++v)c.push(n.shape[v]);c.push(1)}let l=tt(n,s),m=$(r,p),f=Kr(H(i,nt(o))),d=$($($(f,f),f),nt(-.5));return{x:()=>s.rank===1?D($($(r,Ln(D(f,[1,1,1,s.shape[0]]),c)),p),n.shape):D($($(r,f),p),n.shape),mean:()=>{let v=$($(f,nt(-1)),m);return s.rank===1&&(v=Z(v,u)),D(v,s.shape)},variance:()=>{let v=$($(d,l),m);return s.rank===1&&(v=Z(v,u)),D(v,s.shape)},scale:()=>{let v=$(l,f),N=$(r,v);return s.rank===1&&(N=Z(N,u)),D(N,s.shape)},offset:()=>{let v=r;return s.rank===1&&(v=Z(v,u)),D(v,s.shape)}}}};var bg={kernelName:Go,inputsToSave:["x","indices"],gradFunc:(r,t,e)=>{let[o,n]=t,{axis:s,batchDims:i}=e,a=kt(s,o.shape)[0],p=(u,c,l)=>()=>{let m=u.shape,f=c.size,d=m.slice(0,a),g=d.length,h=m.slice(s,m.length).slice(1),S=h.length,T=xg(0,g),k=xg(g+1,g+1+S),v=yg([d,[f],h]),N=D(l,v),R=D(c,[f]),P=yg([[g],T,k]),G=Qt(N,P),B=_a(G,R,u.shape[a]),L=zs(P);return B=Qt(B,L),B};if(i===1){let u=o.shape[0],c=o.split(u,0);return{x:()=>qn(c.map((f,d)=>p(f,n.slice(d,1),r.slice(d,1))())).reshape(o.shape),indices:()=>n}}else return{x:p(o,n,r),indices:()=>n}}};function xg(r,t){let e=[];for(let o=r;o<t;++o)e.push(o);return e}function yg(r){let t=[];for(let e=0;e<r.length;++e)for(let o=0;o<r[e].length;++o)t.push(r[e][o]);return t}var wg={kernelName:pr,inputsToSave:["a","b"],gradFunc:(r,t)=>{let[e,o]=t;return{a:()=>j(e),b:()=>j(o)}}};var Sg={kernelName:Ve,gradFunc:r=>({x:()=>z(r,"float32")})};var Cg={kernelName:zo,gradFunc:r=>({x:()=>j(r)})};var vg={kernelName:Lo,gradFunc:r=>({x:()=>j(r)})};var Ig={kernelName:Oo,gradFunc:r=>({x:()=>j(r)})};var kg={kernelName:Uo,inputsToSave:["x"],gradFunc:(r,t,e)=>{let[o]=t,{alpha:n}=e,s=Ot(o,0);return{x:()=>Et(s,r,$(r,n))}}};var Tg={kernelName:Ho,inputsToSave:["x"],gradFunc:(r,t)=>{let[e]=t;return{x:()=>Y(r,H(e,1))}}};var Ng={kernelName:"Log",inputsToSave:["x"],gradFunc:(r,t)=>{let[e]=t;return{x:()=>Y(r,z(e,"float32"))}}};var Dg={kernelName:Fm,inputsToSave:[],outputsToSave:[!0],gradFunc:(r,t,e)=>{let[o]=t,{axis:n}=e;return{logits:()=>{let i=Bt(o);return tt(r,$(Z(r,n,!0),i))}}}};function yk(r,t,e,o=5,n=1,s=1,i=.5){let a={x:r,y:t,dy:e},p={depthRadius:o,bias:n,alpha:s,beta:i};return y.runKernel(Li,a,p)}var Eg=w({localResponseNormalizationBackprop_:yk});var $g={kernelName:"LRN",inputsToSave:["x"],outputsToSave:[!0],gradFunc:(r,t,e)=>{let[o,n]=t,{depthRadius:s,bias:i,alpha:a,beta:p}=e;return{x:()=>Eg(o,n,r,s,i,a,p)}}};function Ya(r,t,e,o){return t.rank<e.rank&&(t=D(t,_e(t.shape,o))),r.rank<e.rank&&(r=D(r,_e(r.shape,o))),{x:()=>$(r,z(Gn(e,t),r.dtype))}}var Sc={kernelName:"Max",inputsToSave:["x"],outputsToSave:[!0],gradFunc:(r,t,e)=>{let o=e,{reductionIndices:n}=o,s=t[0],i=t[1],a=kt(n,s.shape),p=Ya(r,i,s,a);return{x:()=>p.x()}}};var Rg={kernelName:ur,inputsToSave:["a","b"],gradFunc:(r,t)=>{let[e,o]=t;return{a:()=>$(r,z(Cr(e,o),"float32")),b:()=>$(r,z(ka(e,o),"float32"))}}};function bk(r,t,e,o,n,s,i){let a=x(r,"dy","maxPool3dGrad"),p=x(t,"input","maxPool3dGrad"),u=x(e,"output","maxPool3dGrad"),c=a,l=p,m=u,f=!1;p.rank===4&&(f=!0,c=D(a,[1,a.shape[0],a.shape[1],a.shape[2],a.shape[3]]),l=D(p,[1,p.shape[0],p.shape[1],p.shape[2],p.shape[3]]),m=D(u,[1,u.shape[0],u.shape[1],u.shape[2],u.shape[3]])),C(c.rank===5,()=>`Error in maxPool3dGrad: dy must be rank 5 but got rank ${c.rank}.`),C(l.rank===5,()=>`Error in maxPool3dGrad: input must be rank 5 but got rank ${l.rank}.`),C(m.rank===5,()=>`Error in maxPool3dGrad: output must be rank 5 but got rank ${m.rank}.`),bt("maxPool3dGrad",s,i);let d={dy:c,input:l,output:m},g={filterSize:o,strides:n,pad:s,dimRoundingMode:i},h=y.runKernel(Wi,d,g);return f?D(h,[h.shape[1],h.shape[2],h.shape[3],h.shape[4]]):h}var Ag=w({maxPool3dGrad_:bk});var Fg={kernelName:Ui,inputsToSave:["x"],outputsToSave:[!0],gradFunc:(r,t,e)=>{let[o,n]=t,{filterSize:s,strides:i,pad:a,dimRoundingMode:p}=e;return{x:()=>Ag(r,o,n,s,i,a,p)}}};function wk(r,t,e,o,n,s,i){let a=x(r,"dy","maxPoolGrad"),p=x(t,"input","maxPoolGrad"),u=x(e,"output","maxPoolGrad");C(p.rank===a.rank,()=>`Rank of input (${p.rank}) does not match rank of dy (${a.rank})`),C(a.rank===4,()=>`Error in maxPoolGrad: dy must be rank 4 but got rank ${a.rank}.`),C(p.rank===4,()=>`Error in maxPoolGrad: input must be rank 4 but got rank ${p.rank}.`),bt("maxPoolGrad",s,i);let c={dy:a,input:p,output:u},l={filterSize:o,strides:n,pad:s,dimRoundingMode:i};return y.runKernel(Oi,c,l)}var Pg=w({maxPoolGrad_:wk});var Mg={kernelName:qo,inputsToSave:["x"],outputsToSave:[!0],gradFunc:(r,t,e)=>{let[o,n]=t,{filterSize:s,strides:i,pad:a}=e;return{x:()=>Pg(r,o,n,s,i,a)}}};var _g={kernelName:Ko,inputsToSave:["x"],gradFunc:(r,t,e)=>{let[o]=t,{axis:n}=e,s=kt(n,o.shape),a=El(o.shape,s)[1],p=mt(a);return{x:()=>{let c=o.shape.slice();s.forEach(f=>{c[f]=1});let l=D(r,c);return Y($(l,Wr(o.shape,"float32")),p)}}}};var Gg={kernelName:"Min",inputsToSave:["x"],outputsToSave:[!0],gradFunc:(r,t,e)=>{let o=e,{axis:n}=o,[s,i]=t,a=kt(n,s.shape),p=Ya(r,i,s,a);return{x:()=>p.x()}}};var Bg={kernelName:lr,inputsToSave:["a","b"],gradFunc:(r,t)=>{let[e,o]=t;return{a:()=>$(r,z(Be(e,o),"float32")),b:()=>$(r,z(Ot(e,o),"float32"))}}};var zg={kernelName:Xo,inputsToSave:["x"],gradFunc:(r,t,e)=>{let o=t[0],{paddings:n}=e,s=n.map(i=>i[0]);return{x:()=>Dt(r,s,o.shape)}}};var Lg={kernelName:"Mod",inputsToSave:["a","b"],gradFunc:(r,t)=>{let[e,o]=t,n=J(e.shape,o.shape);return{a:()=>{let a=ct(e.shape,n);return a.length>0?D(Z(r,a),e.shape):r},b:()=>{let a=$(r,ft(Us(Y(e,o)))),p=ct(o.shape,n);return p.length>0?D(Z(a,p),o.shape):a}}}};var Og={kernelName:cr,inputsToSave:["a","b"],gradFunc:(r,t)=>{let[e,o]=t,n=J(e.shape,o.shape);return{a:()=>{let a=$(r,z(o,"float32")),p=ct(e.shape,n);return p.length>0?D(Z(a,p),e.shape):a},b:()=>{let a=$(r,z(e,"float32")),p=ct(o.shape,n);return p.length>0?D(Z(a,p),o.shape):a}}}};var Ug={kernelName:"Neg",gradFunc:r=>({x:()=>ft(r)})};var Wg={kernelName:Zo,inputsToSave:["indices"],gradFunc:(r,t)=>{let e=t[0];return{indices:()=>ke(e.shape,"float32")}}};var Vg={kernelName:Yo,gradFunc:r=>({x:()=>j(r)})};var Hg={kernelName:Qo,saveAllInputs:!0,gradFunc:(r,t,e)=>{let{axis:o}=e;return Ga(r,o).map(s=>()=>s)}};var Cc={kernelName:Jo,inputsToSave:["x"],gradFunc:(r,t,e)=>{let o=t[0],{paddings:n}=e,s=n.map(i=>i[0]);return{x:()=>Dt(r,s,o.shape)}}};var qg={kernelName:"Pow",inputsToSave:["a","b"],outputsToSave:[!0],gradFunc:(r,t)=>{let[e,o,n]=t,s=e,i=o,a=J(s.shape,i.shape);return{a:()=>{let c=z(i,"float32"),l=$(r,$(c,Ie(s,tt(c,nt(1))))),m=ct(s.shape,a);return m.length>0&&(l=Z(l,m)),D(l,s.shape)},b:()=>{let c=Ot(s,0),l=Et(c,je(s),j(s)),m=$(r,$(n,l)),f=ct(i.shape,a);return f.length>0&&(m=Z(m,f)),D(m,i.shape)}}}};var Kg={kernelName:tn,inputsToSave:["x","alpha"],gradFunc:(r,t)=>{let[e,o]=t,n=Ot(e,0);return{x:()=>Et(n,r,$(r,o)),alpha:()=>{let s=Et(n,j(r),$(r,e)),i=ct(o.shape,r.shape);return i.length>0&&(s=Z(s,i)),D(s,o.shape)}}}};function Sk(r,t,e){let o=r.shape.slice();o[e]=1;let n=D(t,o),s=Bs(r,e,!0,!1),i=Bs(r,e,!0,!0),a=$(s,i);return $(n,a)}function Ck(r,t,e){let o=r.shape.length,n=o-e.length,s=E.getAxesPermutation(e,o),i=r;s!=null&&(i=Qt(r,s));let a=i.shape.slice(),u=a.splice(o-e.length,e.length).reduce((m,f)=>m*f,1);a.push(u);let c=i.reshape(a),l=Sk(c,t,n);if(l=l.reshape(i.shape),s!=null){let m=E.getUndoAxesPermutation(s);l=Qt(l,m)}return l}var Xg={kernelName:Rr,inputsToSave:["x"],gradFunc:(r,t,e)=>{let[o]=t,{axis:n}=e,s=[];return n==null?s=o.shape.map((i,a)=>a):typeof n=="number"?s=[n]:s=n,{x:()=>Ck(o,r,s)}}};var jg={kernelName:Fo,inputsToSave:["a","b"],gradFunc:(r,t)=>{let[e,o]=t,n=J(e.shape,o.shape);return{a:()=>{let a=Y(r,z(o,"float32")),p=ct(e.shape,n);return p.length>0?D(Z(a,p),e.shape):a},b:()=>{let a=$(r,z(e,"float32")),p=ct(o.shape,n);p.length>0&&(a=D(Z(a,p),o.shape));let u=et(o);return ft(Y(a,z(u,"float32")))}}}};var Yg={kernelName:en,inputsToSave:["x"],gradFunc:(r,t)=>{let[e]=t;return{x:()=>Y(r,ft(et(e)))}}};var Zg={kernelName:an,inputsToSave:["x"],gradFunc:(r,t)=>{let[e]=t,o=$(Be(e,6),Te(e));return{x:()=>$(r,z(o,"float32"))}}};var Qg={kernelName:rn,inputsToSave:["x"],gradFunc:(r,t)=>{let[e]=t;return{x:()=>$(r,z(Te(e),"float32"))}}};var Jg={kernelName:on,inputsToSave:["x"],gradFunc:(r,t)=>{let[e]=t;return{x:()=>D(r,e.shape)}}};var tx={kernelName:sn,inputsToSave:["images"],gradFunc:(r,t,e)=>{let[o]=t,n={dy:r,images:o};return{images:()=>y.runKernel(Xi,n,e)}}};var ex={kernelName:nn,inputsToSave:["images"],gradFunc:(r,t,e)=>{let[o]=t,n={dy:r,images:o};return{images:()=>y.runKernel(Ki,n,e)}}};var rx={kernelName:pn,gradFunc:(r,t,e)=>{let{dims:o}=e,n=kt(o,r.shape);return{x:()=>qr(r,n)}}};var ox={kernelName:un,gradFunc:r=>({x:()=>j(r)})};var nx={kernelName:mr,inputsToSave:["x"],gradFunc:(r,t)=>{let[e]=t;return{x:()=>ft(Y(r,$(Ie(e,1.5),2)))}}};var sx={kernelName:ln,inputsToSave:["condition"],gradFunc:(r,t)=>{let[e]=t;return{condition:()=>z(j(e),"float32"),t:()=>$(r,z(e,r.dtype)),e:()=>$(r,z(Un(e),r.dtype))}}};var ix={kernelName:cn,inputsToSave:["x"],gradFunc:(r,t)=>{let[e]=t;return{x:()=>{let o=Ot(e,nt(0)),n=nt(gc),s=nt(xc),i=$(r,s),a=$($(r,n),Bt(z(e,"float32")));return Et(o,i,a)}}}};var ax={kernelName:fr,outputsToSave:[!0],gradFunc:(r,t)=>{let[e]=t;return{x:()=>$(r,$(e,tt(nt(1),e)))}}};var px={kernelName:fn,gradFunc:r=>({x:()=>j(r)})};var ux={kernelName:"Sin",inputsToSave:["x"],gradFunc:(r,t)=>{let[e]=t;return{x:()=>$(Ur(z(e,"float32")),r)}}};var lx={kernelName:mn,inputsToSave:["x"],gradFunc:(r,t)=>{let[e]=t;return{x:()=>$(Gs(z(e,"float32")),r)}}};var cx={kernelName:Ar,inputsToSave:["x"],gradFunc:(r,t,e)=>{let[o]=t,{begin:n,size:s}=e,i=o.shape,[a,p]=dc(o,n,s),u=[];for(let c=0;c<r.rank;c++)u.push([a[c],i[c]-a[c]-p[c]]);return{x:()=>Ea(r,u)}}};var mx={kernelName:xn,outputsToSave:[!0],gradFunc:(r,t,e)=>{let[o]=t,{dim:n}=e,s=!0,i=$(r,o);return{logits:()=>tt(i,$(Z(i,[n],s),o))}}};var fx={kernelName:dn,inputsToSave:["x"],gradFunc:(r,t)=>{let[e]=t;return{x:()=>$(r,ve(e))}}};var vc={kernelName:hn,gradFunc:(r,t,e)=>{let{blockShape:o,paddings:n}=e;return{x:()=>Fn(r,o,n)}}};var Ic={kernelName:gn,gradFunc:(r,t,e)=>{let{axis:o}=e;return{x:()=>de(r,o)}}};var dx={kernelName:dr,inputsToSave:["x"],gradFunc:(r,t)=>{let[e]=t;return{x:()=>Y(r,$(vt(z(e,"float32")),2))}}};var hx={kernelName:ji,inputsToSave:["x"],gradFunc:(r,t)=>{let[e]=t;return{x:()=>$(r,$(z(e,"float32"),2))}}};var gx={kernelName:hr,inputsToSave:["a","b"],gradFunc:(r,t)=>{let[e,o]=t,n=nt(2);return{a:()=>$(r,$(n,tt(e,o))),b:()=>$(r,$(n,tt(o,e)))}}};var xx={kernelName:Cn,gradFunc:r=>({x:()=>j(r)})};var yx={kernelName:"Sub",inputsToSave:["a","b"],gradFunc:(r,t)=>{let[e,o]=t,n=J(e.shape,o.shape);return{a:()=>{let a=r,p=ct(e.shape,n);return p.length>0&&(a=Z(a,p)),D(a,e.shape)},b:()=>{let a=r,p=ct(o.shape,n);return p.length>0&&(a=Z(a,p)),D(ft(a),o.shape)}}}};var bx={kernelName:"Sum",inputsToSave:["x"],gradFunc:(r,t,e)=>{let[o]=t,n=o.shape.slice(),{axis:s}=e;kt(s,o.shape).forEach(u=>{n[u]=1});let a=D(r,n),p=$(a,Wr(o.shape,"float32"));return{x:()=>p}}};var wx={kernelName:"Tan",inputsToSave:["x"],gradFunc:(r,t)=>{let[e]=t;return{x:()=>Y(r,et(Ur(e)))}}};var Sx={kernelName:yn,outputsToSave:[!0],gradFunc:(r,t)=>{let[e]=t;return{x:()=>$(tt(nt(1),et(e)),r)}}};var Cx={kernelName:gr,inputsToSave:["x"],gradFunc:(r,t,e)=>{let[o]=t,{reps:n}=e;return{x:()=>{let i=j(o);if(o.rank===1)for(let a=0;a<n[0];++a)i=H(i,Dt(r,[a*o.shape[0]],[o.shape[0]]));else if(o.rank===2)for(let a=0;a<n[0];++a)for(let p=0;p<n[1];++p)i=H(i,Dt(r,[a*o.shape[0],p*o.shape[1]],[o.shape[0],o.shape[1]]));else if(o.rank===3)for(let a=0;a<n[0];++a)for(let p=0;p<n[1];++p)for(let u=0;u<n[2];++u)i=H(i,Dt(r,[a*o.shape[0],p*o.shape[1],u*o.shape[2]],[o.shape[0],o.shape[1],o.shape[2]]));else if(o.rank===4)for(let a=0;a<n[0];++a)for(let p=0;p<n[1];++p)for(let u=0;u<n[2];++u)for(let c=0;c<n[3];++c)i=H(i,Dt(r,[a*o.shape[0],p*o.shape[1],u*o.shape[2],c*o.shape[3]],[o.shape[0],o.shape[1],o.shape[2],o.shape[3]]));else throw new Error(`Gradient for tile operation is not implemented for rank-${o.rank} tensors yet.`);return i}}}};var vx={kernelName:xr,gradFunc:(r,t,e)=>{let o=e,{perm:n}=o,s=zs(n);return{x:()=>Qt(r,s)}}};var Ix={kernelName:bn,gradFunc:(r,t,e)=>{let o=e,{axis:n}=o;return{value:()=>qn(r,n)}}};var kx={kernelName:wn,inputsToSave:["segmentIds"],gradFunc:(r,t)=>{let[e]=t;return{x:()=>vk(r,e)}}};function vk(r,t){let e=Wn(t,j(t)),o=va(r,e),n=Cr(t,nt(0,"int32")),s=o.rank-n.rank;for(let a=0;a<s;++a)n=zn(n,a+1);n=Ye(n,Wr(o.shape,"bool"));let i=j(o);return Et(n,o,i)}var Tx={kernelName:Sn,gradFunc:r=>({x:()=>j(r)})};var Ik=[ja,Rh,Ah,Fh,Ph,Mh,_h,Gh,Bh,zh,Lh,Oh,Wh,Hh,qh,Kh,Xh,jh,Yh,Zh,Qh,Jh,eg,tg,og,ng,sg,ig,ag,pg,jg,ug,lg,cg,mg,fg,hg,dg,gg,bg,wg,Sg,Cg,vg,Ig,kg,Tg,Ng,Dg,$g,Sc,Sc,Rg,Fg,Mg,_g,Gg,Bg,zg,Lg,Og,Ug,Wg,Vg,Hg,Cc,Cc,qg,Kg,Xg,Yg,Zg,Qg,Jg,tx,ex,rx,ox,nx,sx,ix,ax,px,ux,lx,cx,mx,fx,vc,vc,Ic,Ic,dx,gx,hx,xx,yx,bx,wx,Sx,Cx,vx,Ix,kx,Tx];for(let r of Ik)jm(r);var pe=W();pe.registerFlag("WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE",()=>15);pe.registerFlag("WEBGPU_CPU_FORWARD",()=>!0);pe.registerFlag("WEBGPU_MATMUL_PROGRAM_TYPE",()=>-1);pe.registerFlag("WEBGPU_USE_NAIVE_CONV2D_TRANSPOSE",()=>!0);pe.registerFlag("WEBGPU_USE_LOW_POWER_GPU",()=>!1);pe.registerFlag("WEBGPU_CPU_HANDOFF_SIZE_THRESHOLD",()=>1e3);pe.registerFlag("WEBGPU_USE_PROFILE_TOOL",()=>!1);pe.registerFlag("WEBGPU_IMPORT_EXTERNAL_TEXTURE",()=>!0);pe.registerFlag("WEBGPU_USE_NAIVE_CONV2D_DEBUG",()=>!1);pe.registerFlag("WEBGPU_THRESHOLD_TO_INCREASE_WORKGROUPS_FOR_MATMUL",()=>-1);pe.registerFlag("WEBGPU_CONV_SEPARATE_IM2COL_SHADER",()=>!1);pe.registerFlag("WEBGPU_PRINT_SHADER",()=>"");pe.registerFlag("WEBGPU_ENGINE_COMPILE_ONLY",()=>!1);var Za=class{constructor(t){t&&(this.vendor=t.vendor,this.architecture=t.architecture,this.intelGPUGeneration=this.getIntelGPUGeneration())}getIntelGPUGeneration(){if(this.isIntel()){if(this.architecture.startsWith("gen"))return Number(this.architecture.match(/\d+/));if(this.architecture.startsWith("xe"))return 12}return 0}isIntel(){return this.vendor==="intel"}};var Qa=class{constructor(t){this.device=t,this.numUsedBuffers=0,this.numFreeBuffers=0,this.freeBuffers=new Map,this.usedBuffers=new Map,this.numBytesUsed=0,this.numBytesAllocated=0}acquireBuffer(t,e,o=!1,n=!0){let s,i=Nx(t,e);return n?(this.freeBuffers.has(i)||this.freeBuffers.set(i,[]),this.freeBuffers.get(i).length>0?(s=this.freeBuffers.get(i).pop(),this.numFreeBuffers--):(s=this.device.createBuffer({size:t,usage:e,mappedAtCreation:o}),this.numBytesAllocated+=t)):(s=this.device.createBuffer({size:t,usage:e,mappedAtCreation:o}),this.numBytesAllocated+=t),this.usedBuffers.has(i)||this.usedBuffers.set(i,[]),this.usedBuffers.get(i).push(s),this.numUsedBuffers++,this.numBytesUsed+=t,s}releaseBuffer(t,e=!0){if(this.freeBuffers.size===0)return;let o=t.size,n=t.usage,s=Nx(o,n),i=this.usedBuffers.get(s),a=i.indexOf(t);if(a<0)throw new Error("Cannot find the buffer in buffer manager");i[a]=i[i.length-1],i.pop(),this.numUsedBuffers--,this.numBytesUsed-=o,e?(this.freeBuffers.get(s).push(t),this.numFreeBuffers++):(t.destroy(),this.numBytesAllocated-=o)}getNumUsedBuffers(){return this.numUsedBuffers}getNumFreeBuffers(){return this.numFreeBuffers}dispose(){this.freeBuffers.forEach((t,e)=>{t.forEach(o=>{o.destroy()})}),this.usedBuffers.forEach((t,e)=>{t.forEach(o=>{o.destroy()})}),this.freeBuffers=new Map,this.usedBuffers=new Map,this.numUsedBuffers=0,this.numFreeBuffers=0,this.numBytesUsed=0,this.numBytesAllocated=0}};function Nx(r,t){return`${r}_${t}`}var Ja=class{constructor(t){this.device=t,this.numUsedTextures=0,this.numFreeTextures=0,this.freeTextures=new Map,this.usedTextures=new Map,this.numBytesUsed=0,this.numBytesAllocated=0}acquireTexture(t,e,o,n){let s=Ex(o),i=t*e*s,a=Dx(t,e,o,n);if(this.freeTextures.has(a)||this.freeTextures.set(a,[]),this.usedTextures.has(a)||this.usedTextures.set(a,[]),this.numBytesUsed+=i,this.numUsedTextures++,this.freeTextures.get(a).length>0){this.numFreeTextures--;let u=this.freeTextures.get(a).shift();return this.usedTextures.get(a).push(u),u}this.numBytesAllocated+=i;let p=this.device.createTexture({size:[t,e],format:o,usage:n});return this.usedTextures.get(a).push(p),p}releaseTexture(t){if(this.freeTextures.size===0)return;let e=t.width,o=t.height,n=t.format,s=t.usage,i=Dx(e,o,n,s);this.freeTextures.has(i)||this.freeTextures.set(i,[]),this.freeTextures.get(i).push(t),this.numFreeTextures++,this.numUsedTextures--;let a=this.usedTextures.get(i),p=a.indexOf(t);if(p<0)throw new Error("Cannot release a texture that was never provided by this texture manager");a.splice(p,1);let u=Ex(n),c=e*o*u;this.numBytesUsed-=c}getNumUsedTextures(){return this.numUsedTextures}getNumFreeTextures(){return this.numFreeTextures}dispose(){this.freeTextures.forEach((t,e)=>{t.forEach(o=>{o.destroy()})}),this.usedTextures.forEach((t,e)=>{t.forEach(o=>{o.destroy()})}),this.freeTextures=new Map,this.usedTextures=new Map,this.numUsedTextures=0,this.numFreeTextures=0,this.numBytesUsed=0,this.numBytesAllocated=0}};function Dx(r,t,e,o){return`${r}_${t}_${e}_${o}`}function Ex(r){if(r==="rgba8unorm")return 16;throw new Error(`${r} is not supported!`)}function $x(r,t){if(Math.max(...r)>5)throw new Error("Cannot symbolically compute strides for rank > 6 tensor.");let e=r.length,o="xyzwuv",n=r.map(i=>`${t}.${o[i]}`),s=new Array(e-1);s[e-2]=n[e-1];for(let i=e-3;i>=0;--i)s[i]=`(${s[i+1]} * ${n[i+1]})`;return s}var Jt=(r,t,e)=>e==="int32"?`atomicAdd(${r}, bitcast<i32>(${t}));`:`
          {
            var oldValue = 0;
            loop {
              let newValueF32 = bitcast<f32>(oldValue) + (${t});
              let newValue = bitcast<i32>(newValueF32);
              let res = atomicCompareExchangeWeak(${r}, oldValue, newValue);
              if res.exchanged {
                break;
              }
              oldValue = res.old_value;
            }
          }`;var Qe;(function(r){r[r.FROM_PIXELS=0]="FROM_PIXELS",r[r.DRAW=1]="DRAW"})(Qe||(Qe={}));var Px=(r,t,e,o,n)=>{let s={dtype:o.dtype,shape:o.shape},i=Tk(e,s,t),a=r.createShaderModule({code:i,label:t.constructor.name}),p=W().get("WEBGPU_PRINT_SHADER");if(p!==""){p=p.toLowerCase();let u=p.split(",");(p==="all"||u.some(c=>t.shaderKey.toLowerCase().includes(c)))&&(console.group(t.shaderKey),console.debug(i),console.groupEnd())}return n?r.createComputePipelineAsync({compute:{module:a,entryPoint:"_start"},label:t.constructor.name,layout:"auto"}):r.createComputePipeline({compute:{module:a,entryPoint:"_start"},label:t.constructor.name,layout:"auto"})},rt=(r,t="f32")=>{switch(r){case 1:return`${t}`;case 2:return`vec2<${t}>`;case 3:return`vec3<${t}>`;case 4:return`vec4<${t}>`;default:throw new Error(`${r}-component ${t} is not supported.`)}};function dt(r){if(r<=1)return"i32";if(r===2)return"vec2<i32>";if(r===3)return"vec3<i32>";if(r===4)return"vec4<i32>";if(r===5)return"vec5";if(r===6)return"vec6";throw Error(`GPU for rank ${r} is not yet supported`)}function ye(r){if(r===0)return"x";if(r===1)return"y";if(r===2)return"z";if(r===3)return"w";if(r===4)return"u";if(r===5)return"v";throw Error(`Index ${r} is not yet supported`)}function A(...r){let t;switch(r.length){case 0:t=`
        fn main()
      `;break;case 1:t=`
        fn main(${r[0]} : i32)
      `;break;default:throw Error("Unreachable")}return t}function Rx(r,t){let e;return e=`
     ${kk(t)}
      fn _start(@builtin(local_invocation_id) LocalId : vec3<u32>,
                @builtin(global_invocation_id) GlobalId : vec3<u32>,
                @builtin(local_invocation_index) LocalIndex: u32,
                @builtin(workgroup_id) WorkgroupId : vec3<u32>,
                @builtin(num_workgroups) NumWorkgroups : vec3<u32>) {
        localId = LocalId;
        localIndex = LocalIndex;
        globalId = GlobalId;
        numWorkgroups = NumWorkgroups;
        workgroupId = WorkgroupId;
        ${r?"main(getGlobalIndex());":"main();"};
      }
    `,e}function kk(r){return`
  @compute @workgroup_size(${r.workgroupSize[0]}, ${r.workgroupSize[1]}, ${r.workgroupSize[2]})
`}function Tk(r,t,e){let o=[],n=e.workgroupSize[0]*e.workgroupSize[1]*e.workgroupSize[2];if(e.outputComponent=e.outputComponent?e.outputComponent:1,o.push(`

      var<private> localId: vec3<u32>;
      var<private> localIndex: u32;
      var<private> globalId: vec3<u32>;
      var<private> numWorkgroups: vec3<u32>;
      var<private> workgroupId: vec3<u32>;

      // Only used when the y/z dimension of workgroup size is 1.
      fn getGlobalIndex() -> i32 {
        ${_x(e)?"  return i32(globalId.x);":`  return i32((workgroupId.z * numWorkgroups.x * numWorkgroups.y +
                workgroupId.y * numWorkgroups.x + workgroupId.x) * ${n}u +
                localIndex);
        `}
      }
    `),e.pixelsOpType!=null){let d=e.pixelsOpType===Qe.FROM_PIXELS?`@group(0) @binding(0) var<storage, read_write> result: array<${Ir(t.dtype,e.outputComponent)}>;`:`@group(0) @binding(1) var<storage, read> inBuf : array<${Ir(r[0].dtype,e.outputComponent)}>;`,g=t.shape.length===3?"vec2<i32>":"i32";o.push(`
        struct Uniform {
          outShapeStrides : ${g},
          size            : i32,
          numChannels     : i32,
          alpha           : f32,
        };

        ${d}
        @group(0) @binding(2) var<uniform> uniforms: Uniform;
      `);let h=Fx(e);return[Ax,o.join(`
`),Js(t.shape),e.getUserCode(),Rx(h,e)].join(`
`)}let s,i,a="struct Uniforms { NAN : f32, INFINITY : f32, ";e.variableNames.forEach((d,g)=>{let h=dt(r[g].shape.length);a+=`${d.charAt(0).toLowerCase()+d.slice(1)}Shape : ${h}, `,s=r[g].shape.length-1,i=dt(s),a+=`${d.charAt(0).toLowerCase()+d.slice(1)}ShapeStrides: ${i}, `});let p=dt(t.shape.length);a+=`outShape : ${p}, `,s=t.shape.length-1,i=dt(s),a+=`
         outShapeStrides: ${i}, `,e.size&&(a+="size : i32, "),e.uniforms&&(a+=e.uniforms),a+="};",a=Pk(a),o.push(a),e.atomic?o.push(`
      @group(0) @binding(0) var<storage, read_write> result: array<atomic<i32>>;
    `):o.push(`
      @group(0) @binding(0) var<storage, read_write> result: array<${Ir(t.dtype,e.outputComponent)}>;
    `),e.variableNames.forEach((d,g)=>{o.push(`
      @group(0) @binding(${1+g}) var<storage, read> ${d}: array<${e.variableComponents?Ir(r[g].dtype,e.variableComponents[g]):Ir(r[g].dtype,e.outputComponent)}>;
        `)}),a!==""&&o.push(`
      @group(0) @binding(${1+e.variableNames.length}) var<uniform> uniforms: Uniforms;
      `);let u=Rk(t.shape,e.dispatchLayout),c=[Ax,o.join(`
`)+Nk,Js(t.shape),u,Ak(t.shape.length)];e.atomic||c.push(Fk(t.shape,t.dtype,e.outputComponent)),e.variableNames.forEach((d,g)=>{c.push(`${Js(r[g].shape,d)}`)});let l=r.map((d,g)=>$k(d,t.shape,e.variableComponents?e.variableComponents[g]:e.outputComponent,e.dispatchLayout.x.length===t.shape.length)).join(`
`);c.push(l),c.push(e.getUserCode());let m=Fx(e);return c.push(Rx(m,e)),c.join(`
`)}function Mx(r,t,e){let o=r.shaderKey;if(r.pixelsOpType!=null)return o;let n=[],s=[];t.forEach(c=>{n.push(c.shape),s.push(c.dtype)}),n.push(e.shape),s.push(e.dtype);let i=t.map(c=>E.getBroadcastDims(c.shape,e.shape)),a=t.map(c=>b.arraysEqual(c.shape,e.shape)).join("_"),p=i.map(c=>c.join("_")).join(";"),u=_x(r)?"flatDispatch":"";return o+="_"+(r.workgroupSize?r.workgroupSize.join(","):"")+n.map(c=>c.length).join(",")+s.join(",")+r.variableNames.join(",")+p+a+u,o}var Ax=`
  struct vec5 {x: i32, y: i32, z: i32, w: i32, u: i32};
  struct vec6 {x: i32, y: i32, z: i32, w: i32, u: i32, v: i32};

  // Checks whether coordinates lie within the bounds of the shape.
  fn coordsInBounds2D(coord : vec2<i32>, shape : vec2<i32>) -> bool {
    return all(coord >= vec2<i32>(0)) && all(coord < shape);
  }
  fn coordsInBounds3D(coord : vec3<i32>, shape : vec3<i32>) -> bool {
    return all(coord >= vec3<i32>(0)) && all(coord < shape);
  }
  fn coordsInBounds4D(coord : vec4<i32>, shape : vec4<i32>) -> bool {
    return all(coord >= vec4<i32>(0)) && all(coord < shape);
  }

  fn getIndexFromCoords1D(coord : i32, shape : i32) -> i32 {
    return coord;
  }
  fn getIndexFromCoords2D(coords : vec2<i32>, shape : vec2<i32>) -> i32 {
    return dot(coords, vec2<i32>(shape.y, 1));
  }
  fn getIndexFromCoords3D(coords : vec3<i32>, shape : vec3<i32>) -> i32 {
    return dot(coords, vec3<i32>(shape.y * shape.z, shape.z, 1));
  }
  fn getIndexFromCoords4D(coords : vec4<i32>, shape : vec4<i32>) -> i32 {
    return dot(coords, vec4<i32>(
        shape.y * shape.z * shape.w, shape.z * shape.w, shape.w, 1));
  }
  fn getIndexFromCoords5D(coords : vec5, shape : vec5) -> i32 {
    let shapeStrides: vec5 = vec5(shape.y * shape.z * shape.w * shape.u, shape.z * shape.w * shape.u, shape.w * shape.u, shape.u, 1);
    return coords.x*shapeStrides.x + coords.y*shapeStrides.y + coords.z*shapeStrides.z + coords.w*shapeStrides.w + coords.u*shapeStrides.u;
  }
  fn getIndexFromCoords6D(coords : vec6, shape : vec6) -> i32 {
    let shapeStrides: vec6 = vec6(shape.y * shape.z * shape.w * shape.u * shape.v, shape.z * shape.w * shape.u * shape.v, shape.w * shape.u * shape.v, shape.u * shape.v, shape.v, 1);
    return coords.x*shapeStrides.x + coords.y*shapeStrides.y + coords.z*shapeStrides.z + coords.w*shapeStrides.w + coords.u*shapeStrides.u + coords.v*shapeStrides.v;
  }

  // NaN defination in IEEE 754-1985 is :
  //   - sign = either 0 or 1.
  //   - biased exponent = all 1 bits.
  //   - fraction = anything except all 0 bits (since all 0 bits represents infinity).
  // https://en.wikipedia.org/wiki/IEEE_754-1985#Representation_of_non-numbers
  fn isnan(val: f32) -> bool {
    let floatToUint: u32 = bitcast<u32>(val);
    return (floatToUint & 0x7fffffffu) > 0x7f800000u;
  }
  fn isnanVec4(val : vec4<f32>) -> vec4<bool> {
    let floatToUint: vec4<u32> = bitcast<vec4<u32>>(val);
    return (floatToUint & vec4<u32>(0x7fffffffu)) > vec4<u32>(0x7f800000u);
  }
`,Nk=`
  fn isinf(val: f32) -> bool {
    return abs(val) == uniforms.INFINITY;
  }
`;function Js(r,t=""){let e=r.length,o=t!==""?`get${t.charAt(0).toUpperCase()+t.slice(1)}CoordsFromIndex`:"getCoordsFromIndex",n=t!==""?`${t.charAt(0).toLowerCase()+t.slice(1)}ShapeStrides`:"outShapeStrides";if(e<=1)return`fn ${o}(index : i32) -> i32 { return index; }`;let s=b.computeStrides(r),i=dt(e),a=[];for(let u=0;u<e;u++)a.push(`d${u}`);if(s.length===1)return`    fn ${o}(index : i32) -> vec2<i32> {
      let d0 = index / uniforms.${n}; let d1 = index - d0 * uniforms.${n};
      return vec2<i32>(d0, d1);
    }`;let p;return p="var index2 = index;"+s.map((u,c)=>{let l=`let ${a[c]} = index2 / uniforms.${n}.${ye(c)}`,m=c===s.length-1?`let ${a[c+1]} = index2 - ${a[c]} * uniforms.${n}.${ye(c)}`:`index2 = index2 - ${a[c]} * uniforms.${n}.${ye(c)}`;return`${l}; ${m};`}).join(""),`
    fn ${o}(index : i32) -> ${i} {
      ${p}
      return ${i}(${a.join(",")});
    }
  `}function Dk(r,t){let e=r.name,o=r.shape.length,n=dt(o),s="get"+e.charAt(0).toUpperCase()+e.slice(1),i=["d0","d1","d2","d3","d4","d5"].slice(0,o),a=i.map(c=>`${c} : i32`).join(", ");if(o<1)return`
      fn ${s}() -> ${rt(t)} {
        return ${rt(t)}(${e}[0]);
      }
    `;let p=`uniforms.${e.charAt(0).toLowerCase()+e.slice(1)}Shape`,u=`${o}D`;return o===0&&(u="1D"),`
    fn ${s}(${a}) -> ${rt(t)} {
      return ${rt(t)}(${e}[getIndexFromCoords${u}(${n}(${i.join(",")}),
        ${p})${t===1?"":` / ${t}`}]);
    }
   `}function Ek(r,t,e,o){let n=r.name,s=n.charAt(0).toUpperCase()+n.slice(1),i="get"+s+"ByOutput",a=r.shape.length,p=t.length,u=dt(p);if(b.arraysEqual(r.shape,t)&&o)return`
    fn ${i}Index(globalIndex : i32) -> ${rt(e)} {
      return ${rt(e)}(${n}[globalIndex]);
    }

    fn ${i}Coords(coords : ${u}) -> ${rt(e)} {
      return ${rt(e)}(${n}[${p>1?"getOutputIndexFromCoords(coords)":"coords"}${e===1?"":` / ${e}`}]);
    }
    `;let c=E.getBroadcastDims(r.shape,t),l=p-a,m="";if(a===0)return`
    fn ${i}Index(globalIndex : i32) -> ${rt(e)}{
      return get${s}();
    }

    fn ${i}Coords(coords : ${u}) -> ${rt(e)}{
      return get${s}();
    }
  `;p<2&&c.length>=1?m="coords = 0;":m=c.map(h=>`coords.${ye(h+l)} = 0;`).join(`
`);let f="";if(p<2&&a>0)f="coords";else if(p>1){let h=dt(a),S=r.shape.map((T,k)=>`coords.${ye(k+l)}`).join(", ");f=`${h}(${S})`}else f="coords";let d=`uniforms.${n.charAt(0).toLowerCase()+n.slice(1)}Shape`,g=`${a}D`;return`
  fn ${i}Index(globalIndex : i32) -> ${rt(e)} {
    var coords = getCoordsFromIndex(globalIndex);
    ${m}
    return ${rt(e)}(${n}[getIndexFromCoords${g}(${f}, ${d})${e===1?"":` / ${e}`}]);
  }

  fn ${i}Coords(coordsIn : ${u}) -> ${rt(e)} {
    var coords = coordsIn;
    ${m}
    return ${rt(e)}(${n}[getIndexFromCoords${g}(${f}, ${d})${e===1?"":` / ${e}`}]);
  }
`}function $k(r,t,e,o){let n=Dk(r,e);return r.shape.length<=t.length&&(n+=Ek(r,t,e,o)),n}function Rk(r,t){let{x:e,y:o=[],z:n=[]}=t,s=r.length,i=e.length+o.length+n.length;if(i!==s)return"";if(e.length===s)return`fn getOutputCoords() -> ${dt(s)}{
    let globalIndex = getGlobalIndex();
    return getCoordsFromIndex(globalIndex);
  }
  `;let a="",p=[e,o,n];for(let m=0;m<p.length;m++){let f=p[m];if(f.length!==0)if(f.length===1)a+=`let d${f[0]} = i32(globalId[${m}]);`;else{let d=$x(f,"uniforms.outShape");a+=`var index${m} = i32(globalId[${m}]);`;for(let g=0;g<d.length;g++)a+=`let d${f[g]} = index${m} / ${d[g]};`,g===d.length-1?a+=`let d${f[g+1]} = index${m} - d${f[g]} * ${d[g]};`:a+=`index${m} = index${m} - d${f[g]} * ${d[g]};`}}let u=[];for(let m=0;m<i;m++)u.push(`d${m}`);let c=dt(i),l=`fn getOutputCoords() -> ${c} {
  ${a}
`;return u.length===0?l+=`return ${c}(0); }`:l+=`return ${c}(${u.join(",")}); }`,l}function Ak(r){let t="";switch(r){case 0:case 1:t+=`
        fn getOutputIndexFromCoords(coords : i32) -> i32 {
          return coords;
        }
        `;break;case 2:t+=`
        fn getOutputIndexFromCoords(coords : vec2<i32>) -> i32 {
          return dot(coords, vec2<i32>(uniforms.outShapeStrides, 1));
        }
        `;break;case 3:t+=`
        fn getOutputIndexFromCoords(coords : vec3<i32>) -> i32 {
          return dot(coords, vec3<i32>(uniforms.outShapeStrides.x, uniforms.outShapeStrides.y, 1));
        }
        `;break;case 4:t+=`
        fn getOutputIndexFromCoords(coords : vec4<i32>) -> i32 {
          return dot(coords, vec4<i32>(
            uniforms.outShapeStrides.x, uniforms.outShapeStrides.y, uniforms.outShapeStrides.z, 1));
        }
        `;break;case 5:t+=`
        fn getOutputIndexFromCoords(coords : vec5) -> i32 {
          return coords.x * uniforms.outShapeStrides.x +
              coords.y * uniforms.outShapeStrides.y +
              coords.z * uniforms.outShapeStrides.z +
              coords.w * uniforms.outShapeStrides.w +
              coords.u;
        }
        `;break;case 6:t+=`
        fn getOutputIndexFromCoords(coords : vec6) -> i32 {
          return coords.x * uniforms.outShapeStrides.x +
              coords.y * uniforms.outShapeStrides.y +
              coords.z * uniforms.outShapeStrides.z +
              coords.w * uniforms.outShapeStrides.w +
              coords.u * uniforms.outShapeStrides.u +
              coords.v;
        }
        `;break;default:b.assert(!1,()=>`Unsupported ${r}D shape`);break}return t}function _x(r){return r.dispatch[1]===1&&r.dispatch[2]===1}function Ir(r,t=1){if(r==="float32")return rt(t,"f32");if(r==="int32"||r==="bool")return rt(t,"i32");throw new Error(`type ${r} is not supported.`)}function Fk(r,t,e){let o=r.length,n=Ir(t,e),s=`fn setOutputAtIndex(flatIndex : i32, value : ${rt(e)}) {
      result[flatIndex] = ${n}(value);
    }

    fn setOutputAtIndexI32(flatIndex : i32, value : ${rt(e,"i32")}) {
      result[flatIndex] = ${n}(value);
    }
    `;if(o>=2){let i=["d0","d1","d2","d3","d4","d5"].slice(0,o),a=dt(o);s+=`
      fn setOutputAtCoords(${i.map(p=>`${p} : i32`).join(", ")}, value : ${rt(e)}) {
        let flatIndex = getOutputIndexFromCoords(${a}(${i.join(", ")}));
        setOutputAtIndex(flatIndex${e===1?"":` / ${e}`}, value);
      }
      fn setOutputAtCoordsI32(${i.map(p=>`${p} : i32`).join(", ")}, value : ${rt(e,"i32")}) {
        let flatIndex = getOutputIndexFromCoords(${a}(${i.join(", ")}));
        setOutputAtIndexI32(flatIndex${e===1?"":` / ${e}`}, value);
      }
    `}return s}function Pk(r){let t=/(\w+)\s*:\s*vec(5|6)/g;r=r.replace(t,o=>"@align(16) "+o);let e=/vec(5|6)\s*,\s*(\w+)/g;return r=r.replace(e,(o,n,s)=>`vec${n}, @align(16) ${s}`),r}function Fx(r){return!(r.dispatchLayout.hasOwnProperty("y")&&r.dispatchLayout.y.length!==0||r.dispatchLayout.hasOwnProperty("z")&&r.dispatchLayout.z.length!==0)}var Qr=r=>{let t=1;for(let e=0;e<r.length;e++)t*=r[e];return t};function F(r,t,e=[1,1,1],o=[1,1,1]){let[n,s,i]=[Math.ceil(Qr(r.x.map(a=>t[a]))/(e[0]*o[0])),r.y?Math.ceil(Qr(r.y.map(a=>t[a]))/(e[1]*o[1])):1,r.z?Math.ceil(Qr(r.z.map(a=>t[a]))/(e[2]*o[2])):1];return[n,s,i]}function Gx(r,t,e,o=!1){let n=[8,8,1],s=[4,4,1];return o||(r<=8&&(s[1]=1),t<=16&&e<=16&&(n[0]=4)),{workgroupSize:n,elementsPerThread:s}}function tp(r,t,e=!1){if(e)return[8,8,1];let o=Qr(r.x.map(s=>t[s])),n=Qr(r.y.map(s=>t[s]));return o<=4?[4,16,1]:n<=4?[16,4,1]:[16,16,1]}function ep(r,t,e=!1){if(e)return[4,4,1];let o=Qr(r.x.map(s=>t[s])),n=Qr(r.y.map(s=>t[s]));return o<=4?[1,2,1]:n<=4?[2,1,1]:[2,2,1]}function M(r){return{x:r.map((t,e)=>e)}}function kc(r){if(r==="float32"||r==="int32"||r==="bool"||r==="string")return 4;if(r==="complex64")return 8;throw new Error(`Unknown dtype ${r}`)}function rp(){return!!(typeof globalThis<"u"&&globalThis.navigator&&globalThis.navigator.gpu)}function op(r,t){Array.isArray(r)||(r=[r]),r.forEach(e=>{e!=null&&b.assert(e.dtype!=="complex64",()=>`${t} does not support complex64 tensors in the WebGPU backend.`)})}var Ne;(function(r){r[r.MatMulReduceProgram=0]="MatMulReduceProgram",r[r.MatMulSplitKProgram=1]="MatMulSplitKProgram",r[r.MatMulSmallOutputSizeProgram=2]="MatMulSmallOutputSizeProgram",r[r.MatMulPackedProgram=3]="MatMulPackedProgram",r[r.MatMulMax=4]="MatMulMax"})(Ne||(Ne={}));var _k=W().getNumber("WEBGPU_CPU_HANDOFF_SIZE_THRESHOLD"),Gk=(r,t)=>{let e=r.limits.maxComputeWorkgroupsPerDimension,o=t.dispatchLayout,n=t.dispatch;if(n.every(i=>i<=e))return n;b.assert(n[0]>e&&o.y===void 0&&o.z===void 0,()=>"Dispatch size exceeds WebGPU limits in Y or Z dimension.");let s=Math.ceil(Math.sqrt(n[0]));return s>e?(s=Math.ceil(Math.cbrt(n[0])),b.assert(s<=e,()=>"Total dispatch size exceeds WebGPU maximum."),[s,s,s]):[s,s,1]},rs=class r extends Nr{nextDataId(){return r.nextDataId++}constructor(t,e){if(super(),this.commandQueueOwnedIds=new WeakSet,this.dispatchCountInPass=0,this.disposed=!1,this.downloadWaitMs=0,this.tensorDataPendingDisposal=[],this.queryResolveBuffer=null,this.querySet=null,this.querySetCount=2,this.stagingPendingDisposal=[],this.uniformPendingDisposal=[],this.uploadWaitMs=0,this.hasReadSyncWarned=!1,this.hasTimestampQueryWarned=!1,!rp())throw new Error("WebGPU is not supported on this device");this.pipelineCache={},this.device=t,this.queue=t.queue,this.commandEncoder=null,this.computePassEncoder=null,this.adapterInfo=new Za(e),this.supportTimestampQuery=this.device.features.has("timestamp-query"),this.thresholdToIncreaseWorkgroups=this.adapterInfo.intelGPUGeneration>=12?16:8,this.bufferManager=new Qa(this.device),this.textureManager=new Ja(this.device),this.tensorMap=new xs(this,ca()),W().getBool("WEBGPU_USE_PROFILE_TOOL")&&(this.dummyCanvas=document.createElement("canvas"),this.dummyCanvas.width=1,this.dummyCanvas.height=1,this.dummyContext=this.dummyCanvas.getContext("webgpu"),this.dummyContext.configure({device:t,format:"bgra8unorm"}),document.body.appendChild(this.dummyCanvas))}floatPrecision(){return 32}disposeData(t,e=!1){if(!this.tensorMap.has(t))return!0;let o=this.tensorMap.get(t);return e?o.refCount=0:o.refCount--,o.refCount>0?!1:(o.complexTensorInfos!=null&&(this.disposeData(o.complexTensorInfos.real.dataId),this.disposeData(o.complexTensorInfos.imag.dataId)),this.commandQueueOwnedIds.has(t)?(this.tensorDataPendingDisposal.push(t),!0):(this.releaseResource(t),this.tensorMap.delete(t),!0))}memory(){return{numBytesInGPU:this.bufferManager.numBytesUsed,numBytesAllocatedInGPU:this.bufferManager.numBytesAllocated,unreliable:!1}}releaseResource(t){let e=this.tensorMap.get(t);if(!(!e||!e.resource)){if(e.external){e.resource=null;return}e.resource instanceof GPUBuffer?this.bufferManager.releaseBuffer(e.resource):e.resource instanceof GPUTexture&&this.textureManager.releaseTexture(e.resource),e.resource=null}}refCount(t){return this.tensorMap.has(t)?this.tensorMap.get(t).refCount:0}incRef(t){let e=this.tensorMap.get(t);e.refCount++}decRef(t){if(this.tensorMap.has(t)){let e=this.tensorMap.get(t);e.refCount--}}write(t,e,o){if(o==="complex64"&&t!=null)throw new Error("Cannot write to a complex64 dtype. Please use tf.complex(real, imag).");let n={id:this.nextDataId()};return this.tensorMap.set(n,{dtype:o,shape:e,values:t,refCount:1}),n}move(t,e,o,n,s){if(n==="complex64")throw new Error("Cannot write to a complex64 dtype. Please use tf.complex(real, imag).");this.tensorMap.set(t,{dtype:n,shape:o,values:e,refCount:s})}submitQueue(){this.queue.submit([this.commandEncoder.finish()]),this.commandEncoder=null,this.dispatchCountInPass=0,this.commandQueueOwnedIds=new WeakSet,this.tensorDataPendingDisposal.forEach(t=>{this.releaseResource(t),this.tensorMap.delete(t)}),this.uniformPendingDisposal.forEach(t=>this.bufferManager.releaseBuffer(t)),this.stagingPendingDisposal.forEach(t=>this.bufferManager.releaseBuffer(t,!1)),this.tensorDataPendingDisposal=[],this.uniformPendingDisposal=[],this.stagingPendingDisposal=[]}ensureCommandEncoderReady(){this.commandEncoder||(this.commandEncoder=this.device.createCommandEncoder())}endComputePassEncoder(){this.computePassEncoder&&(this.computePassEncoder.end(),this.computePassEncoder=null)}async checkCompileCompletionAsync(){let t;try{t=await Promise.all(Object.values(this.pipelineCache))}catch(e){throw new Error(e.message)}Object.keys(this.pipelineCache).map((e,o)=>{this.pipelineCache[e]=t[o]})}async getBufferData(t){if(W().getBool("WEBGPU_ENGINE_COMPILE_ONLY"))return console.warn("The data may be invalid since WEBGPU_ENGINE_COMPILE_ONLY is true, this can only be called when WEBGPU_ENGINE_COMPILE_ONLY is false"),null;let e=t.size,o=this.bufferManager.acquireBuffer(e,GPUBufferUsage.COPY_DST|GPUBufferUsage.MAP_READ);this.ensureCommandEncoderReady(),this.endComputePassEncoder(),this.commandEncoder.copyBufferToBuffer(t,0,o,0,e),this.submitQueue(),await o.mapAsync(GPUMapMode.READ);let n=o.getMappedRange().slice(0);return o.unmap(),o!=null&&this.bufferManager.releaseBuffer(o),W().getBool("WEBGPU_USE_PROFILE_TOOL")&&(b.assert(this.dummyContext!==void 0,()=>"Fail to get context for profiling tool"),this.dummyContext.getCurrentTexture()),n}convertAndCacheOnCPU(t,e){let o=this.tensorMap.get(t);return o.values=e,o.values}readSync(t){let e=this.tensorMap.get(t),{values:o,complexTensorInfos:n}=e;if(o!=null||e.dtype==="string")return o;if(e.dtype==="complex64"){let g=this.readSync(n.real.dataId),h=this.readSync(n.imag.dataId),S=b.convertBackendValuesAndArrayBuffer(E.mergeRealAndImagArrays(g,h).buffer,"float32");return this.convertAndCacheOnCPU(t,S),S}this.hasReadSyncWarned||(this.hasReadSyncWarned=!0,console.warn("The performance of synchronously reading data from GPU to CPU is poor on the webgpu backend, please use asynchronous APIs instead."));let s=["opaque","premultiplied"],i=e.resource,a=i.size;b.assert(a%4===0,()=>"Because there is 4 bytes for one pixel, buffer size must be multiple of 4.");let p=a/4,u=new ArrayBuffer(a),c=256,l=256,m=s.map(g=>new OffscreenCanvas(c,l)),f=new OffscreenCanvas(c,l);this.endComputePassEncoder(),m.map((g,h)=>{let S=g.getContext("webgpu");return S.configure({device:this.device,format:"bgra8unorm",usage:GPUTextureUsage.COPY_DST,alphaMode:s[h]}),S.getCurrentTexture()}).map((g,h)=>{let S=c*4,T=(G,B,L)=>{this.ensureCommandEncoderReady(),this.commandEncoder.copyBufferToTexture({buffer:i,bytesPerRow:S,offset:L},{texture:g},{width:G,height:B}),this.submitQueue();let U=f.getContext("2d",{willReadFrequently:!0});U.clearRect(0,0,G,B),U.drawImage(m[h],0,0);let X=U.getImageData(0,0,G,B).data,Q=s[h],ot=new Uint8ClampedArray(u,L,G*B*4);for(let it=0;it<ot.length;it+=4)if(Q==="premultiplied")ot[it+3]=X[it+3];else{let gt=X[it];ot[it]=X[it+2],ot[it+1]=X[it+1],ot[it+2]=gt}},k=Math.floor(p/(c*l)),v=c,N=l,R=0;for(let G=0;G<k;G++)T(v,N,R),R+=c*l*4;let P=p%(c*l);N=Math.floor(P/c),N>0&&(T(v,N,R),R+=N*(c*4)),v=P%c,v>0&&T(v,1,R)});let d=b.convertBackendValuesAndArrayBuffer(u,e.dtype);return this.convertAndCacheOnCPU(t,d),d}async read(t){if(!this.tensorMap.has(t))throw new Error(`Tensor ${t} was not registered!`);let e=this.tensorMap.get(t),{values:o}=e;if(o!=null)return o;let n;if(e.dtype==="complex64"){let s=await Promise.all([this.read(e.complexTensorInfos.real.dataId),this.read(e.complexTensorInfos.imag.dataId)]),i=s[0],a=s[1];n=E.mergeRealAndImagArrays(i,a)}else{let s=await this.getBufferData(e.resource);n=b.convertBackendValuesAndArrayBuffer(s,e.dtype)}return this.convertAndCacheOnCPU(t,n),n}copyBuffer(t){let e=t.size,o=t.usage,n=this.bufferManager.acquireBuffer(e,o);return this.ensureCommandEncoderReady(),this.endComputePassEncoder(),this.commandEncoder.copyBufferToBuffer(t,0,n,0,e),this.submitQueue(),n}createTensorFromGPUData(t,e,o){let n=t.buffer;if(o==="complex64")throw new Error("Cannot write to a complex64 dtype. ");let s={id:this.nextDataId()};this.tensorMap.set(s,{dtype:o,shape:e,values:null,refCount:1,external:t.zeroCopy});let i=this.tensorMap.get(s),a=kc(i.dtype)*b.sizeFromShape(i.shape);if(t.buffer.size<a)throw new Error(`GPUBuffer size(${t.buffer.size}) is smaller than tensor size(${a})!`);if((t.buffer.usage&(GPUBufferUsage.STORAGE|GPUBufferUsage.COPY_SRC))!==(GPUBufferUsage.STORAGE|GPUBufferUsage.COPY_SRC))throw new Error("GPUBuffer.usage should include GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC!");return t.zeroCopy!==!0&&(n=this.copyBuffer(n)),i.resource=n,ca().makeTensorFromDataId(s,e,o,this)}readToGPU(t){let e=this.tensorMap.get(t),{values:o,dtype:n,shape:s,resource:i}=e;if(n==="complex64")throw new Error("Does not support reading buffer for complex64 dtype.");if(i==null)throw o!=null?new Error("Data is not on GPU but on CPU."):new Error("There is no data on GPU or CPU.");let a=i,p=a.size,u=a.usage,c=this.bufferManager.acquireBuffer(p,u);this.ensureCommandEncoderReady(),this.endComputePassEncoder(),this.commandEncoder.copyBufferToBuffer(i,0,c,0,p),this.submitQueue();let l=this.makeTensorInfo(s,n),m=ca().makeTensorFromTensorInfo(l),f=this.tensorMap.get(l.dataId);return f.resource=c,{tensorRef:m,buffer:c}}bufferSync(t){let e=this.readSync(t.dataId);if(t.dtype==="string")try{let o=e.map(n=>b.decodeString(n));return pt(t.shape,t.dtype,o)}catch{throw new Error("Failed to decode encoded string bytes into utf-8")}return pt(t.shape,t.dtype,e)}async time(t){!this.supportTimestampQuery&&!this.hasTimestampQueryWarned&&(console.warn("This device doesn't support timestamp-query extension. Start Chrome browser with flag --enable-dawn-features=allow_unsafe_apis to try it again. Otherwise, zero will be shown for the kernel time when profiling mode is enabled."),this.hasTimestampQueryWarned=!0);let e=this.activeTimers,o=[],n=!1;this.programTimersStack==null?(this.programTimersStack=o,n=!0):this.activeTimers.push(o),this.activeTimers=o,t();let s=b.flatten(this.activeTimers.map(u=>u.query)).filter(u=>u!=null),i=b.flatten(this.activeTimers.map(u=>u.name)).filter(u=>u!=null);this.activeTimers=e,n&&(this.programTimersStack=null);let a={uploadWaitMs:this.uploadWaitMs,downloadWaitMs:this.downloadWaitMs,kernelMs:null,wallMs:null},p=await Promise.all(s);return a.kernelMs=b.sum(p),a.getExtraProfileInfo=()=>p.map((u,c)=>({name:i[c],ms:u})).map(u=>`${u.name}: ${u.ms}`).join(", "),this.uploadWaitMs=0,this.downloadWaitMs=0,a}makeTensorInfo(t,e,o){return e==="string"&&o!=null&&o.length>0&&b.isString(o[0])&&(o=o.map(s=>b.encodeString(s))),{dataId:this.write(o,t,e),shape:t,dtype:e}}tensorToBinding(t){if(!t)return null;let o=this.tensorMap.get(t.dataId).resource;return o instanceof GPUBuffer?{buffer:o}:o instanceof GPUTexture?o.createView():o}uploadToGPU(t){let e=this.tensorMap.get(t);if(e.resource!=null)return;let o=kc(e.dtype)*b.sizeFromShape(e.shape),n,s=GPUBufferUsage.STORAGE|GPUBufferUsage.COPY_SRC|GPUBufferUsage.COPY_DST;if(e.values){if(n=this.bufferManager.acquireBuffer(o,s,!0),n.mapState==="unmapped"){let i=this.bufferManager.acquireBuffer(o,GPUBufferUsage.MAP_WRITE|GPUBufferUsage.COPY_SRC,!0,!1),a=i.getMappedRange();e.dtype==="int32"||e.dtype==="bool"?new Int32Array(a).set(e.values):new Float32Array(a).set(e.values),i.unmap(),this.ensureCommandEncoderReady(),this.endComputePassEncoder(),this.commandEncoder.copyBufferToBuffer(i,0,n,0,o),this.stagingPendingDisposal.push(i)}else{let i=n.getMappedRange();e.dtype==="int32"||e.dtype==="bool"?new Int32Array(i).set(e.values):new Float32Array(i).set(e.values),n.unmap()}e.values=null}else n=this.bufferManager.acquireBuffer(o,s);e.resource=n}makeUniforms(t){let e=0,o=0,n=[],s=1;t.forEach(p=>{p.data.length===0&&(p.data=[1]);let u;switch(p.data.length){case 1:u=4;break;case 2:u=8;break;case 3:u=16;break;case 4:u=16;break;case 5:u=16;break;case 6:u=16;break;default:b.assert(!1,()=>`Unsupported ${p.data.length}D shape`)}(o===5||o===6)&&(u=16),u>s&&(s=u),e=Math.ceil(e/u)*u,o=p.data.length,n.push(e),e+=p.data.length*4}),e=Math.ceil(e/s)*s;let i=new ArrayBuffer(e);t.forEach((p,u)=>{let c=n[u];p.type==="int32"?new Int32Array(i,c,p.data.length).set(p.data):p.type==="uint32"?new Uint32Array(i,c,p.data.length).set(p.data):new Float32Array(i,c,p.data.length).set(p.data)});let a=this.bufferManager.acquireBuffer(e,GPUBufferUsage.COPY_DST|GPUBufferUsage.UNIFORM);return this.queue.writeBuffer(a,0,i,0,e),this.uniformPendingDisposal.push(a),{offset:0,size:e,buffer:a}}runWebGPUProgram(t,e,o,n,s){if(s||(s=this.makeTensorInfo(t.outputShape,o)),b.sizeFromShape(s.shape)===0)return this.tensorMap.get(s.dataId).values=b.getTypedArrayFromDType(s.dtype,0),s;this.uploadToGPU(s.dataId),t.dispatch=Gk(this.device,t);let i=e.map((p,u)=>{if(p.dtype==="complex64")throw new Error("GPGPUProgram does not support complex64 input. For complex64 dtypes, please separate the program into real and imaginary parts.");return this.uploadToGPU(p.dataId),{dtype:this.tensorMap.get(p.dataId).dtype,shape:p.shape,name:t.variableNames[u]}});t.shaderKey=Mx(t,i,s);let a=W().getBool("WEBGPU_ENGINE_COMPILE_ONLY");return t.shaderKey in this.pipelineCache||(this.pipelineCache[t.shaderKey]=Px(this.device,t,i,s,a)),t.pipeline=this.pipelineCache[t.shaderKey],a||this.recordAndSubmit(t,s,e,n),s}recordAndSubmit(t,e,o,n){if(t.pipeline instanceof Promise)throw new Error("Please call checkCompileCompletionAsync to ensure parallel compilation is done!");let s=[],i=[],a="int32";if(t.pixelsOpType==null){s.push({type:"float32",data:[NaN]},{type:"float32",data:[1/0]}),i=o.concat(e).map(f=>f.shape);let m="int32";i.map(f=>{s.push({type:m,data:f});let d=b.computeStrides(f);s.push({type:m,data:d})})}else{let m=b.computeStrides(e.shape);s.push({type:a,data:m})}if(t.size){let m=b.sizeFromShape(t.outputShape);s.push({type:a,data:[t.outputComponent?m/t.outputComponent:m]})}n&&(s=[...s,...n]);let p=[this.tensorToBinding(e),...o.map(m=>this.tensorToBinding(m)),this.makeUniforms(s)];o.forEach(m=>{this.commandQueueOwnedIds.add(m.dataId)}),this.commandQueueOwnedIds.add(e.dataId);let u=this.device.createBindGroup({layout:t.pipeline.getBindGroupLayout(0),entries:p.map((m,f)=>({binding:f,resource:m}))}),c=this.activeTimers!=null;this.ensureCommandEncoderReady();let l={};c&&this.supportTimestampQuery?(this.endComputePassEncoder(),this.querySet==null&&(this.querySet=this.device.createQuerySet({type:"timestamp",count:this.querySetCount})),l.timestampWrites={querySet:this.querySet,beginningOfPassWriteIndex:0,endOfPassWriteIndex:1},this.computePassEncoder=this.commandEncoder.beginComputePass(l)):this.computePassEncoder||(this.computePassEncoder=this.commandEncoder.beginComputePass(l)),this.computePassEncoder.setPipeline(t.pipeline),this.computePassEncoder.setBindGroup(0,u),this.computePassEncoder.dispatchWorkgroups(t.dispatch[0],t.dispatch[1],t.dispatch[2]),this.dispatchCountInPass++,(c||W().get("WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE")<=this.dispatchCountInPass||t.pixelsOpType===Qe.DRAW)&&(this.endComputePassEncoder(),c?this.activeTimers.push({name:t.constructor.name,query:this.getQueryTime()}):this.submitQueue())}async getQueryTime(){if(!this.supportTimestampQuery)return 0;this.queryResolveBuffer==null&&(this.queryResolveBuffer=this.bufferManager.acquireBuffer(this.querySetCount*8,GPUBufferUsage.COPY_SRC|GPUBufferUsage.COPY_DST|GPUBufferUsage.QUERY_RESOLVE)),this.commandEncoder.resolveQuerySet(this.querySet,0,this.querySetCount,this.queryResolveBuffer,0);let t=this.bufferManager.acquireBuffer(this.querySetCount*8,GPUBufferUsage.MAP_READ|GPUBufferUsage.COPY_DST);this.commandEncoder.copyBufferToBuffer(this.queryResolveBuffer,0,t,0,this.querySetCount*8),this.submitQueue(),await t.mapAsync(GPUMapMode.READ);let e=new BigUint64Array(t.getMappedRange()),o=Number(e[1]-e[0])/1e6;return t.unmap(),this.bufferManager.releaseBuffer(t),o}shouldExecuteOnCPU(t,e=_k){return W().getBool("WEBGPU_CPU_FORWARD")&&t.every(o=>this.tensorMap.get(o.dataId).resource==null&&b.sizeFromShape(o.shape)<e)}numDataIds(){return this.tensorMap.numDataIds()-this.tensorDataPendingDisposal.length}dispose(){this.disposed||(this.querySet!=null&&this.querySet.destroy(),this.bufferManager.dispose(),this.textureManager.dispose(),this.disposed=!0)}};rs.nextDataId=0;rp()&&Nf("webgpu",async()=>{let r={powerPreference:W().get("WEBGPU_USE_LOW_POWER_GPU")?"low-power":"high-performance"},t=await navigator.gpu.requestAdapter(r),e={},o=[];t.features.has("timestamp-query")&&o.push("timestamp-query"),t.features.has("bgra8unorm-storage")&&o.push(["bgra8unorm-storage"]),e.requiredFeatures=o;let n=t.limits;e.requiredLimits={maxComputeWorkgroupStorageSize:n.maxComputeWorkgroupStorageSize,maxComputeWorkgroupsPerDimension:n.maxComputeWorkgroupsPerDimension,maxStorageBufferBindingSize:n.maxStorageBufferBindingSize,maxBufferSize:n.maxBufferSize,maxComputeWorkgroupSizeX:n.maxComputeWorkgroupSizeX,maxComputeInvocationsPerWorkgroup:n.maxComputeInvocationsPerWorkgroup};let s=await t.requestDevice(e),i="info"in t?t.info:"requestAdapterInfo"in t?await t.requestAdapterInfo():void 0;return new rs(s,i)},3);var q;(function(r){r[r.ADD=0]="ADD",r[r.ATAN2=1]="ATAN2",r[r.COMPLEX_MULTIPLY_IMAG=2]="COMPLEX_MULTIPLY_IMAG",r[r.COMPLEX_MULTIPLY_REAL=3]="COMPLEX_MULTIPLY_REAL",r[r.DIV=4]="DIV",r[r.ELU_DER=5]="ELU_DER",r[r.EQUAL=6]="EQUAL",r[r.FLOOR_DIV=7]="FLOOR_DIV",r[r.GREATER=8]="GREATER",r[r.GREATER_EQUAL=9]="GREATER_EQUAL",r[r.LESS=10]="LESS",r[r.LESS_EQUAL=11]="LESS_EQUAL",r[r.LOGICAL_AND=12]="LOGICAL_AND",r[r.LOGICAL_OR=13]="LOGICAL_OR",r[r.MAX=14]="MAX",r[r.MIN=15]="MIN",r[r.MOD=16]="MOD",r[r.MUL=17]="MUL",r[r.NOT_EQUAL=18]="NOT_EQUAL",r[r.POW=19]="POW",r[r.PRELU=20]="PRELU",r[r.SQUARED_DIFFERENCE=21]="SQUARED_DIFFERENCE",r[r.SUB=22]="SUB"})(q||(q={}));var Bk="let resultTemp = a + b;",zk="let resultTemp = atan2(a, b);",Lk="let resultTemp = areal * breal - aimag * bimag;",Ok="let resultTemp = areal * bimag + aimag * breal;",Uk="let resultTemp = a / b;",Wk="let resultTemp = select(a * (b + 1.0), a, b >= b - b);",Vk=`
  let zero = sign(a) * 0 + 0;
  let one = sign(b) * 0 + 1;
  let resultTemp = select(zero, one, a == b);
`,Hk=`
  let remainder =
      select(a % b, round(a % b), (round(a) == a) & (round(b) == b));
  let quotient = (a - remainder) / b;
  let resultTemp =
      round(select(quotient, quotient - 1, sign(remainder) == -sign(b)));
`,qk=`
  let zero = sign(a) * 0 + 0;
  let one = sign(b) * 0 + 1;
  let resultTemp = select(zero, one, a > b);
`,Kk=`
  let zero = sign(a) * 0 + 0;
  let one = sign(b) * 0 + 1;
  let resultTemp = select(zero, one, a >= b);
`,Xk=`
  let zero = sign(a) * 0 + 0;
  let one = sign(b) * 0 + 1;
  let resultTemp = select(zero, one, a < b);
`,jk=`
  let zero = sign(a) * 0 + 0;
  let one = sign(b) * 0 + 1;
  let resultTemp = select(zero, one, a <= b);
`,Yk="return f32(a >= 1.0 && b >= 1.0);",Zk=`return (vec4<f32>(a >= vec4<f32>(1.0)) *
  vec4<f32>(b >= vec4<f32>(1.0)));`,Qk="return f32(a >= 1.0 || b >= 1.0);",Jk=`return min(vec4<f32>(a >= vec4<f32>(1.0)) +
  vec4<f32>(b >= vec4<f32>(1.0)), vec4<f32>(1.0));`,t3="let resultTemp = max(a, b);",e3="let resultTemp = min(a, b);",r3=`
  let isNaN = b == 0.;
  var resultTemp = a % b;
  resultTemp = select((resultTemp + b) % b, resultTemp,
      (a < 0. && b < 0.) || (a >= 0. && b > 0.));
`,o3=`
  let isNaN = !vec4<bool>(b);
  var resultTemp = vec4<f32>(a % b);
  if (!((a[0] < 0. && b[0] < 0.) || (a[0] >= 0. && b[0] > 0.))) {
    resultTemp[0] = (resultTemp[0] + b[0]) % b[0];
  }
  if (!((a[1] < 0. && b[1] < 0.) || (a[1] >= 0. && b[1] > 0.))) {
    resultTemp[1] = (resultTemp[1] + b[1]) % b[1];
  }
  if (!((a[2] < 0. && b[2] < 0.) || (a[2] >= 0. && b[2] > 0.))) {
    resultTemp[2] = (resultTemp[2] + b[2]) % b[2];
  }
  if (!((a[3] < 0. && b[3] < 0.) || (a[3] >= 0. && b[3] > 0.))) {
    resultTemp[3] = (resultTemp[3] + b[3]) % b[3];
  }
`,n3="let resultTemp = a * b;",s3=`
  var resultTemp = f32(a != b);
  let valueForNaN = 1.0;
`,i3=`
  var resultTemp = vec4<f32>(a != b);
  let valueForNaN = 1.0;
`,a3=`
  let isNaN = a < 0.0 && floor(b) < b;
  if (b == 0.0) {
    return 1.0;
  }
  var resultTemp = select(sign(a) * pow(abs(a), b), pow(abs(a), b),
      round(abs(b) % 2.0) != 1.0);
`,p3=`
  let isModRound1Bool = vec4<i32>(round(abs(b) % vec4<f32>(2.0))) == vec4<i32>(1);
  let isModRound1 = vec4<f32>(isModRound1Bool);
  let multiplier = sign(a) * isModRound1 + (vec4<f32>(1.0) - isModRound1);
  var resultTemp = multiplier * pow(abs(a), b);

  // Ensure that a^0 = 1, including 0^0 = 1 as this correspond to TF and JS
  let isExpZero = b == vec4<f32>(0.0);
  if (isExpZero.r) {
    resultTemp.r = 1.0;
  }
  if (isExpZero.g) {
    resultTemp.g = 1.0;
  }
  if (isExpZero.b) {
    resultTemp.b = 1.0;
  }
  if (isExpZero.a) {
    resultTemp.a = 1.0;
  }
  let isNaN = (a < vec4<f32>(0.0)) & (floor(b) < b);
`,u3="if (a < 0.0) { return b * a; }  return a;",l3=`
  let aLessThanZero = vec4<f32>(a < vec4<f32>(0.0));
  return (aLessThanZero * (b * a)) + ((vec4<f32>(1.0) - aLessThanZero) * a);
`,c3="let resultTemp = (a - b) * (a - b);",m3="let resultTemp = a - b;";function os(r,t){let e;do{switch(r){case q.ATAN2:e=zk;break;case q.MAX:e=t3;break;case q.MIN:e=e3;break;case q.MOD:e=t?o3:r3;break;case q.NOT_EQUAL:e=t?i3:s3;break;case q.POW:e=t?p3:a3;break;default:continue}let o,n,s;return t?(o="isnanVec4",n="vec4<f32>",s="vec4<bool>"):(o="isnan",n="f32",s="bool"),`
      let aIsNaN = ${o}(a);
      let aPostLegalization = select(a, ${n}(42), aIsNaN);
      let bIsNaN = ${o}(b);
      let bPostLegalization = select(b, ${n}(42), bIsNaN);
      let isNaN = false;
      let valueForNaN = uniforms.NAN;
      {
        let a = aPostLegalization;
        let b = bPostLegalization;
        ${e}
        return select(
            resultTemp, ${n}(valueForNaN),
            ${s}(isNaN) | aIsNaN | bIsNaN);
      }
    `}while(!1);switch(r){case q.ADD:e=Bk;break;case q.COMPLEX_MULTIPLY_IMAG:e=Ok;break;case q.COMPLEX_MULTIPLY_REAL:e=Lk;break;case q.DIV:e=Uk;break;case q.ELU_DER:e=Wk;break;case q.EQUAL:e=Vk;break;case q.FLOOR_DIV:e=Hk;break;case q.GREATER:e=qk;break;case q.GREATER_EQUAL:e=Kk;break;case q.LESS:e=Xk;break;case q.LESS_EQUAL:e=jk;break;case q.LOGICAL_AND:return t?Zk:Yk;case q.LOGICAL_OR:return t?Jk:Qk;case q.MUL:e=n3;break;case q.PRELU:return t?l3:u3;case q.SQUARED_DIFFERENCE:e=c3;break;case q.SUB:e=m3;break;default:}return`
    ${e}
    return resultTemp;
  `}var _;(function(r){r[r.ABS=0]="ABS",r[r.ACOS=1]="ACOS",r[r.ACOSH=2]="ACOSH",r[r.ASIN=3]="ASIN",r[r.ASINH=4]="ASINH",r[r.ATAN=5]="ATAN",r[r.ATANH=6]="ATANH",r[r.CEIL=7]="CEIL",r[r.COS=8]="COS",r[r.COSH=9]="COSH",r[r.ELU=10]="ELU",r[r.ERF=11]="ERF",r[r.EXP=12]="EXP",r[r.EXPM1=13]="EXPM1",r[r.FLOOR=14]="FLOOR",r[r.IS_FINITE=15]="IS_FINITE",r[r.IS_INF=16]="IS_INF",r[r.IS_NAN=17]="IS_NAN",r[r.LINEAR=18]="LINEAR",r[r.LOG=19]="LOG",r[r.LOG1P=20]="LOG1P",r[r.LOGICAL_NOT=21]="LOGICAL_NOT",r[r.NEG=22]="NEG",r[r.RELU=23]="RELU",r[r.RELU6=24]="RELU6",r[r.LEAKYRELU=25]="LEAKYRELU",r[r.RECIPROCAL=26]="RECIPROCAL",r[r.ROUND=27]="ROUND",r[r.RSQRT=28]="RSQRT",r[r.SELU=29]="SELU",r[r.SIGMOID=30]="SIGMOID",r[r.SIGN=31]="SIGN",r[r.SIN=32]="SIN",r[r.SINH=33]="SINH",r[r.SOFTPLUS=34]="SOFTPLUS",r[r.SQRT=35]="SQRT",r[r.SQUARE=36]="SQUARE",r[r.STEP=37]="STEP",r[r.TAN=38]="TAN",r[r.TANH=39]="TANH",r[r.TO_INT=40]="TO_INT"})(_||(_={}));var f3="return abs(a);",d3=`
  if (abs(a) > 1.) {
    return uniforms.NAN;
  }
  return acos(a);
`,h3=`
  if (a < 1.) {
    return uniforms.NAN;
  }
  return acosh(a);
`,g3=`
  if (abs(a) > 1.) {
    return uniforms.NAN;
  }
  return asin(a);
`,x3="return asinh(a);",y3=`
  if (isnan(a)) {
    return uniforms.NAN;
  }
  return atan(a);
`,b3=`
  if (abs(a) > 1.) {
    return uniforms.NAN;
  }
  if (a == 1.) {
    return uniforms.INFINITY;
  }
  if (a == -1.) {
    return -uniforms.INFINITY;
  }
  return atanh(a);
`,w3="return ceil(a);",S3="return cos(a);",C3=`
  let e2x = exp(-a);
  return (e2x + 1.0 / e2x) / 2.0;
`,v3="return exp(a) - 1.0;",I3="if (a >= 0.0) { return a; }  return (exp(a) - 1.0);",k3=`
  var resFloat = exp(a) - vec4<f32>(1.0);
  if (a.r >= 0.0) {
    resFloat.r = a.r;
  }
  if (a.g >= 0.0) {
    resFloat.g = a.g;
  }
  if (a.b >= 0.0) {
    resFloat.b = a.b;
  }
  if (a.a >= 0.0) {
    resFloat.a = a.a;
  }
  return resFloat;
`,T3=`
  // Error function is calculated approximately with elementary function.
  // See "Handbook of Mathematical Functions with Formulas,
  // Graphs, and Mathematical Tables", Abramowitz and Stegun.
  let p = ${E.ERF_P};
  let a1 = ${E.ERF_A1};
  let a2 = ${E.ERF_A2};
  let a3 = ${E.ERF_A3};
  let a4 = ${E.ERF_A4};
  let a5 = ${E.ERF_A5};

  let sign = sign(a);
  let absA = abs(a);
  let t = 1.0 / (1.0 + p * absA);
  return sign * (1.0 - (((((a5 * t + a4) * t) + a3) * t + a2) * t + a1) * t * exp(-absA * absA));
`,N3="return exp(a);",D3="return floor(a);",E3="return f32(!isnan(a) && !isinf(a));",$3="return f32(isinf(a));",R3="return f32(isnan(a));",A3="return a;",F3=`if (a < 0.0) { return uniforms.NAN; }
  return log(a);`,P3=`
  if (isnan(a)) { return a; }
  return log(1.0 + a);
`,M3="return f32(!(a >= 1.0));",_3="return -a;",G3="if (a < 0.0) { return uniforms.alpha * a; } return a;",B3=`
  let aLessThanZero = vec4<f32>(a < vec4<f32>(0.0));
  return (aLessThanZero * (uniforms.alpha * a)) + ((vec4<f32>(1.0) - aLessThanZero) * a);
`,z3="return 1.0 / a;",L3="return select(a, 0.0, a < 0.0);",O3="return clamp(a, 0.0, 6.0);",U3="return clamp(a, vec4<f32>(0.0, 0.0, 0.0, 0.0), vec4<f32>(6.0, 6.0, 6.0, 6.0));",W3=`
  return select(a, vec4<f32>(0.0), a < vec4<f32>(0.0));
`,V3="return round(a);",H3="return inverseSqrt(a);",q3=`
  if (a >= 0.0) {
    return ${E.SELU_SCALE} * a;
  } else {
    return ${E.SELU_SCALEALPHA} * (exp(a) - 1.0);
  }
`,K3="return 1.0 / (1.0 + exp(-1.0 * a));",X3="return sign(a);",j3="return sin(a);",Y3=`
  let e2x = exp(a);
  return (e2x - 1.0 / e2x) / 2.0;
`,Z3=`
  let epsilon = 1.1920928955078125e-7;
  let threshold = log(epsilon) + 2.0;

  let too_large = a > -threshold;
  let too_small = a < threshold;
  let exp_a = exp(a);

  if (too_large) {
    return a;
  } else if (too_small) {
    return exp_a;
  } else {
    return log(exp_a + 1.0);
  }
`,Q3="return sqrt(a);",J3="return a * a;",tT=`
  if (isnan(a)) {
    return a;
  }

  return select(uniforms.stepAlpha, 1.0, a > 0.0);
`,eT="return tan(a);",rT=`
  let e2x = exp(-2.0 * abs(a));
  return sign(a) * (1.0 - e2x) / (1.0 + e2x);
`,oT="return f32(i32((a)));";function Je(r,t){switch(r){case _.ABS:return f3;case _.ACOS:return d3;case _.ACOSH:return h3;case _.ASIN:return g3;case _.ASINH:return x3;case _.ATAN:return y3;case _.ATANH:return b3;case _.COS:return S3;case _.COSH:return C3;case _.CEIL:return w3;case _.ELU:return t?k3:I3;case _.ERF:return T3;case _.EXP:return N3;case _.EXPM1:return v3;case _.FLOOR:return D3;case _.IS_FINITE:return E3;case _.IS_INF:return $3;case _.IS_NAN:return R3;case _.LINEAR:return A3;case _.LOG:return F3;case _.LOG1P:return P3;case _.LOGICAL_NOT:return M3;case _.NEG:return _3;case _.LEAKYRELU:return t?B3:G3;case _.RECIPROCAL:return z3;case _.RELU:return t?W3:L3;case _.RELU6:return t?U3:O3;case _.ROUND:return V3;case _.RSQRT:return H3;case _.SELU:return q3;case _.SIGMOID:return K3;case _.SIGN:return X3;case _.SIN:return j3;case _.SINH:return Y3;case _.SOFTPLUS:return Z3;case _.SQRT:return Q3;case _.SQUARE:return J3;case _.STEP:return tT;case _.TAN:return eT;case _.TANH:return rT;case _.TO_INT:return oT;default:throw new Error(`BinaryType ${r} is not implemented!`)}}function At(r,t=!1,e=!1,o=3){if(r===null)return"";let n="";if(r==="linear")n=Je(_.LINEAR);else if(r==="relu")n=Je(_.RELU,e);else if(r==="elu")n=Je(_.ELU,e);else if(r==="relu6")n=Je(_.RELU6,e);else if(r==="prelu")n=os(q.PRELU,e);else if(r==="sigmoid")n=Je(_.SIGMOID,e);else if(r==="leakyrelu")n=Je(_.LEAKYRELU,e);else throw new Error(`Activation ${r} has not been implemented for the WebGPU backend.`);let i=rt(e?4:1),a="";return t?a=`
      fn activation(a : ${i}, coords : vec${o}<i32>) -> ${i} {
        let b = getPreluActivationWeightsByOutputCoords(coords);
        ${n}
      }`:a=`
      fn activation(a : ${i}, coords : vec${o}<i32>) -> ${i} {
        ${n}
      }`,a}function te(r,t){return`
      ${r?"value = value + getBiasByOutputCoords(coords);":""}
      ${t?"value = activation(value, coords);":""}
      `}function Tc(r,t,e=!1,o=!1,n=!1,s=1){b.assert(r&&s===1||!r,()=>`transposeA ${r} is not compatible with component size ${s}`);let i=`
      ${r?"value = getA(batch, col, row);":"value = getA(batch, row, col);"}

    `,a=t?"value = getB(batch, col, row);":"value = getB(batch, row, col);";return`
  fn mm_readA(batch: i32, row: i32, col: i32) -> ${rt(s)} {
    var value = ${rt(s)}(0.0);
    ${e&&n?i:`
    ${r?"if(row < uniforms.dimAOuter && col < uniforms.dimInner)":"if(row < uniforms.aShape[1] && col < uniforms.aShape[2])"}
    {
      ${i}
    }
    `}
    return value;
  }

  fn mm_readB(batch: i32, row: i32, col: i32) -> ${rt(s)} {
    var value = ${rt(s)}(0.0);
    ${a}
    return value;
  }
  `}function ti(r,t,e,o,n=!1,s=!1,i=!1,a=1){return`
  ${Tc(e,o,n,s,i,a)}
  fn mm_write(batch: i32, row: i32, col: i32, valueIn: ${rt(a)}) {
    ${n&&s?"":"if (row < uniforms.dimAOuter && col < uniforms.dimBOuter)"}
    {
      var value = valueIn;
      let coords = vec3<i32>(batch, row, col);
      ${te(r,t)}
      setOutputAtCoords(coords[0], coords[1], coords[2], value);
    }
  }
  `}var nT=(r,t)=>r?`
        mm_Asub[inputRow][inputCol] = mm_readA(batchA,
          kStart + inputRow,
          globalRowStart + inputCol * ${t});
        `:`
        mm_Asub[inputRow][inputCol] = mm_readA(batchA,
          globalRow + innerRow,
          kStart + inputCol * ${t});
        `,sT=(r,t,e,o)=>{if(r)return`
      for (var k = 0; k < ${o}; k++) {
        let BCached0 = mm_Bsub[k][tileCol];
        let ACached0 = mm_Asub[k][localRow];
        for (var i = 0; i < ${e}; i++) {
          acc[i] = fma(BCached0, vec4<f32>(ACached0[i]), acc[i]);
        }
      }`;{let n="",s="";for(let i=0;i<t;i++)n+=`let BCached${i} = mm_Bsub[k * ${t} + ${i}][tileCol];`,s+=`acc[i] = fma(BCached${i}, vec4<f32>(ACached[${i}]), acc[i]);`;return`
      for (var k = 0; k < ${o/t}; k++) {
        ${n}
        for (var i = 0; i < ${e}; i++) {
          let ACached = mm_Asub[tileRow + i][k];
          ${s}
        }
      }`}};function Jr(r,t,e=!1,o=32,n=!1,s=32,i=!1){let a=t[1]*r[1],p=t[0]*r[0],u=e?a:o,c=e?o:a,l=u/t[0],m=o/t[1],f=r[1],d=r[0];return b.assert((e&&l===4&&r[1]===4||!e&&(l===3||l===4))&&u%t[0]===0&&o%t[1]===0&&r[0]===4,()=>`If transposeA ${e} is true, innerElementSize ${l} and workPerThread[1] ${r[1]} must be 4.
          Otherwise, innerElementSize ${l} must be 3 or 4.
      tileAWidth ${u} must be divisible by workgroupSize[0]${t[0]}. tileInner ${o} must be divisible by workgroupSize[1] ${t[1]}. colPerThread ${r[0]} must be 4.`),`
  var<workgroup> mm_Asub : array<array<vec${l}<f32>, ${u/l}>, ${c}>;
  var<workgroup> mm_Bsub : array<array<vec4<f32>, ${p/r[0]}>, ${o}>;

  ${A()} {
    let localRow = i32(localId.y);
    let tileRow = localRow * ${f};
    let tileCol = i32(localId.x);

    let globalRow = i32(globalId.y) * ${f};
    let globalCol = i32(globalId.x) * ${d};
    let batch = ${n?"0":"i32(globalId.z)"};
    let batchA = ${n||!i?"batch":"batch % uniforms.aShape[0]"};
    let batchB = ${n||!i?"batch":"batch % uniforms.bShape[0]"};
    let globalRowStart = i32(workgroupId.y) * ${a};

    let numTiles = ${n?`${Math.ceil(s/o)}`:`(uniforms.dimInner - 1) / ${o} + 1`};
    var kStart = ${n?`i32(globalId.z) * ${s}`:"0"};

    var acc: array<vec4<f32>, ${f}>;

    // Loop over shared dimension.
    let tileRowB = localRow * ${m};
    for (var t = 0; t < numTiles; t++) {
        // Load one tile of A into local memory.
        for (var innerRow = 0; innerRow < ${f}; innerRow++) {
            let inputRow = tileRow + innerRow;
            let inputCol = tileCol;
            ${nT(e,l)}
        }

        // Load one tile of B into local memory.
        for (var innerRow = 0; innerRow < ${m}; innerRow++) {
            let inputRow = tileRowB + innerRow;
            let inputCol = tileCol;
            mm_Bsub[inputRow][inputCol] = mm_readB(batchB, kStart + inputRow, globalCol);
        }
        kStart = kStart + ${o};
        workgroupBarrier();

        // Compute acc values for a single thread.
        ${sT(e,l,f,o)}
        workgroupBarrier();
    }

    for (var innerRow = 0; innerRow < ${f}; innerRow++) {
        mm_write(batch, globalRow + innerRow, globalCol, acc[innerRow]);
    }
  }`}var zx=r=>r?`
        mm_Asub[inputRow][inputCol] = mm_readA(batchA,
          kStart + inputRow,
          globalRowStart + inputCol);
        `:`
        mm_Asub[inputRow][inputCol] = mm_readA(batchA,
          globalRowStart + inputRow,
          kStart + inputCol);
        `,iT=r=>r?"let ACached = mm_Asub[k][tileRow + innerRow];":"let ACached = mm_Asub[tileRow + innerRow][k];";function to(r,t,e=!1,o=32,n=!1,s=32,i=!1,a=!1){let p=r[1]*t[1],u=r[0]*t[0],c=e?p:o,l=e?o:p;b.assert(l%t[1]===0&&c%t[0]===0&&o%t[1]===0,()=>`tileAHight ${l} must be divisible by workgroupSize[1]${t[1]}, tileAWidth ${c} must be divisible by workgroupSize[0]${t[0]}, tileInner ${o} must be divisible by workgroupSize[1]${t[1]}`);let m=l/t[1],f=c/t[0],d=o/t[1],g=r[1],h=r[0],S=i?`
      let localRow = i32(localId.y);
      let localCol = i32(localId.x);
      let globalRowStart = i32(workgroupId.y) * ${p};
      let globalColStart = i32(workgroupId.x) * ${u};

      // Loop over shared dimension.
      for (var t = 0; t < numTiles; t++) {
        // Load one tile of A into local memory.
        for (var inputRow = localRow; inputRow < ${l}; inputRow = inputRow + ${t[1]}) {
          for (var inputCol = localCol; inputCol < ${c}; inputCol = inputCol + ${t[0]}) {
            ${zx(e)}
          }
        }
        // Load one tile of B into local memory.
        for (var inputRow = localRow; inputRow < ${o}; inputRow = inputRow + ${t[1]}) {
              for (var inputCol = localCol; inputCol < ${u}; inputCol = inputCol + ${t[0]}) {
            mm_Bsub[inputRow][inputCol] = mm_readB(batchB,
              kStart + inputRow,
              globalColStart + inputCol);
          }
        }
        kStart = kStart + ${o};
        workgroupBarrier();

        // Compute acc values for a single thread.
        var BCached : array<f32, ${h}>;
        for (var k = 0; k < ${o}; k++) {
          for (var inner = 0; inner < ${h}; inner++) {
            BCached[inner] = mm_Bsub[k][localCol + inner * ${t[0]}];
          }
          for (var innerRow = 0; innerRow < ${g}; innerRow++) {
            let ACached = ${e?`mm_Asub[k][localRow + innerRow * ${t[1]}];`:`mm_Asub[localRow + innerRow * ${t[1]}][k];`}
            for (var innerCol = 0; innerCol < ${h}; innerCol++) {
              acc[innerRow][innerCol] =
                  fma(ACached, BCached[innerCol], acc[innerRow][innerCol]);
            }
          }
        }
        workgroupBarrier();
      }
      for (var innerRow = 0; innerRow < ${g}; innerRow++) {
        let gRow = globalRowStart + localRow + innerRow * ${t[1]};
        for (var innerCol = 0; innerCol < ${h}; innerCol++) {
          let gCol = globalColStart + localCol + innerCol * ${t[0]};
          mm_write(batch, gRow, gCol, acc[innerRow][innerCol]);
        }
      }
      `:`
  let tileRow = i32(localId.y) * ${g};
  let tileCol = i32(localId.x) * ${h};

  let globalRow = i32(globalId.y) * ${g};
  let globalCol = i32(globalId.x) * ${h};
  let globalRowStart = i32(workgroupId.y) * ${p};

  let tileRowA = i32(localId.y) * ${m};
  let tileColA = i32(localId.x) * ${f};
  let tileRowB = i32(localId.y) * ${d};
  // Loop over shared dimension.
  for (var t = 0; t < numTiles; t++) {
    // Load one tile of A into local memory.
    for (var innerRow = 0; innerRow < ${m}; innerRow++) {
      for (var innerCol = 0; innerCol < ${f}; innerCol++) {
        let inputRow = tileRowA + innerRow;
        let inputCol = tileColA + innerCol;
        ${zx(e)}
      }
    }

    // Load one tile of B into local memory.
    for (var innerRow = 0; innerRow < ${d}; innerRow++) {
      for (var innerCol = 0; innerCol < ${h}; innerCol++) {
        let inputRow = tileRowB + innerRow;
        let inputCol = tileCol + innerCol;
        mm_Bsub[inputRow][inputCol] = mm_readB(batchB,
          kStart + inputRow,
          globalCol + innerCol);
      }
    }
    kStart = kStart + ${o};
    workgroupBarrier();

    // Compute acc values for a single thread.
    var BCached : array<f32, ${h}>;
    for (var k = 0; k < ${o}; k++) {
      for (var inner = 0; inner < ${h}; inner++) {
        BCached[inner] = mm_Bsub[k][tileCol + inner];
      }

      for (var innerRow = 0; innerRow < ${g}; innerRow++) {
        ${iT(e)}
        for (var innerCol = 0; innerCol < ${h}; innerCol++) {
          acc[innerRow][innerCol] =
              fma(ACached, BCached[innerCol], acc[innerRow][innerCol]);
        }
      }
    }

    workgroupBarrier();
  }

  for (var innerRow = 0; innerRow < ${g}; innerRow++) {
    for (var innerCol = 0; innerCol < ${h}; innerCol++) {
      mm_write(batch, globalRow + innerRow, globalCol + innerCol,
          acc[innerRow][innerCol]);
    }
  }
  `;return`
    var<workgroup> mm_Asub : array<array<f32, ${c}>, ${l}>;
    var<workgroup> mm_Bsub : array<array<f32, ${u}>, ${o}>;

    ${A()} {
      let batch = ${n?"0":"i32(globalId.z)"};
      let batchA = ${n||!a?"batch":"batch % uniforms.aShape[0]"};
      let batchB = ${n||!a?"batch":"batch % uniforms.bShape[0]"};
      let numTiles = ${n?`${Math.ceil(s/o)}`:`(uniforms.dimInner - 1) / ${o} + 1`};
      var kStart = ${n?`i32(globalId.z) * ${s}`:"0"};

      var acc : array<array<f32, ${h}>, ${g}>;

      // Without this initialization strange values show up in acc.
      for (var innerRow = 0; innerRow < ${g}; innerRow++) {
        for (var innerCol = 0; innerCol < ${h}; innerCol++) {
          acc[innerRow][innerCol] = 0.0;
        }
      }
      ${S}
    }
  `}var aT=r=>r?`
      mm_readA(batchA, colA, globalRow),
      mm_readA(batchA, colA + 1, globalRow),
      mm_readA(batchA, colA + 2, globalRow),
      mm_readA(batchA, colA + 3, globalRow)
  `:`
      mm_readA(batchA, globalRow, colA),
      mm_readA(batchA, globalRow, colA + 1),
      mm_readA(batchA, globalRow, colA + 2),
      mm_readA(batchA, globalRow, colA + 3)
  `;function pT(r,t=!1){b.assert(r[1]===1&&r[2]===1,()=>`A linear work group size is required. But got ${r}.`);let e=r[0]*4;return`
    var<workgroup> mm_Asub : array<vec4<f32>, ${r[0]}>;

    ${A()} {
      let tileCol = i32(localId.x);
      let globalCol = i32(globalId.x);
      let globalRow = i32(globalId.y);

      let numTiles = (uniforms.dimInner - 1) / ${e} + 1;
      let batch = i32(globalId.z);
      let batchA = batch % uniforms.aShape[0];
      let batchB = batch % uniforms.bShape[0];
      // Without this initialization strange values show up in acc.
      var acc = 0.0;

      // Loop over shared dimension.
      for (var t = 0; t < numTiles; t++) {
        // Load one tile of A into local memory.
        let colA = t * ${e} + tileCol * 4;
        mm_Asub[tileCol] = vec4<f32>(${aT(t)});
        workgroupBarrier();

        // Compute acc values for a single thread.
        for (var k = 0; k < ${e/4}; k++) {
          let rowB = t * ${e} + k * 4;
          let BCached = vec4<f32>(mm_readB(batchB, rowB, globalCol),
                              mm_readB(batchB, rowB + 1, globalCol),
                              mm_readB(batchB, rowB + 2, globalCol),
                              mm_readB(batchB, rowB + 3, globalCol));

          let ACached = mm_Asub[k];
          acc = acc + dot(ACached, BCached);
        }

        workgroupBarrier();
      }

      mm_write(batch, globalRow, globalCol, acc);
    }
  `}var np=class{constructor(t,e,o=!1,n=!1,s=null,i=null,a=null,p=!1){this.variableNames=["A","B"],this.uniforms="dimAOuter : i32, dimBOuter : i32, dimInner : i32,",this.outputShape=e,this.dispatchLayout={x:[2],y:[1],z:[0]};let u=o?t[1]:t[2];if(this.isVec4=(u%4===0&&!o||e[1]%4===0&&o)&&e[2]%4===0&&!n,this.outputComponent=this.isVec4?4:1,this.isVectorA=e[1]===1&&!o,!this.isVec4&&this.isVectorA)this.elementsPerThread=[1,1,1],this.workgroupSize=[32,1,1];else{let m=Gx(e[1],u,e[2],o);this.workgroupSize=m.workgroupSize,this.elementsPerThread=m.elementsPerThread}this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize,this.elementsPerThread);let c=s!=null,l=a!=null;c&&this.variableNames.push("bias"),l&&this.variableNames.push("preluActivationWeights"),this.sequentialAccessByThreads=p,this.transposeA=o,this.transposeB=n,this.addBias=c,this.activation=i,this.hasPreluActivationWeights=l,[this.fitAOuter,this.fitBOuter,this.fitInner]=this.getShapeFit(e[1],e[2],u),this.shaderKey=`matMulPacked_${this.elementsPerThread}_${o}_${n}_${this.activation}_${this.fitAOuter}_${this.fitBOuter}_${this.fitInner}_${this.isVec4}_${this.isVectorA}_${this.sequentialAccessByThreads}`}getShapeFit(t,e,o){let n=this.workgroupSize[1]*this.elementsPerThread[1],s=this.workgroupSize[0]*this.elementsPerThread[0];!this.isVec4&&this.isVectorA?this.tileInner=this.workgroupSize[0]*4:this.tileInner=s;let i=t%n===0,a=e%s===0,p=o%this.tileInner===0;return[i,a,p]}getUserCode(){return`
      ${At(this.activation,this.hasPreluActivationWeights,this.isVec4)}
      ${ti(this.addBias,this.activation,!1,this.transposeB,this.fitAOuter,this.fitBOuter,this.fitInner,this.isVec4?4:1)}
      ${this.isVec4?Jr(this.elementsPerThread,this.workgroupSize,this.transposeA,this.tileInner,!1,null,!0):this.isVectorA?pT(this.workgroupSize,this.transposeA):to(this.elementsPerThread,this.workgroupSize,this.transposeA,this.tileInner,!1,null,this.sequentialAccessByThreads,!0)}
    `}};function uT(r){return`
    var<workgroup> sumValues : array<f32, ${r}>;
    ${A()} {
      let coords = getOutputCoords();
      let batch = coords[0];
      let batchA = batch % uniforms.aShape[0];
      let batchB = batch % uniforms.bShape[0];
      let row = coords[1];
      let col = coords[2];
      var sum = 0.0;
      let Length = uniforms.dimInner;
      for (var k = i32(localId.x); k < Length; k = k + ${r}) {
        let dataA = mm_readA(batchA, row, k);
        let dataB = mm_readB(batchB, k, col);
        sum = sum + dataA * dataB;
      }
      sumValues[localId.x] = sum;
      workgroupBarrier();

      for(var currentSize = ${r/2}u; currentSize > 1u;
          currentSize = currentSize / 2u) {
        if (localId.x < currentSize)
        {
          sumValues[localId.x] = sumValues[localId.x] + sumValues[localId.x + currentSize];
        }
        workgroupBarrier();
      }

      if (localId.x == 0u) {
        sum = sumValues[0] + sumValues[1];
        mm_write(batch, row, col, sum);
      }
    }
  `}var sp=class{constructor(t,e=!1,o=!1,n=null,s=null,i=null){this.variableNames=["A","B"],this.uniforms="dimAOuter : i32, dimBOuter : i32, dimInner : i32,",this.workgroupSize=[256,1,1],this.outputShape=t,this.dispatchLayout={x:[],y:[1,2],z:[0]},this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize);let a=n!=null,p=i!=null;a&&this.variableNames.push("bias"),p&&this.variableNames.push("preluActivationWeights"),this.transposeA=e,this.transposeB=o,this.addBias=a,this.activation=s,this.hasPreluActivationWeights=p,this.shaderKey=`matMulReduce_${this.activation}_${e}_${o}`}getUserCode(){return`
      ${At(this.activation,this.hasPreluActivationWeights)}
      ${ti(this.addBias,this.activation,this.transposeA,this.transposeB)}
      ${uT(this.workgroupSize[0])}
    `}};function lT(r){let t=r[1],e=r[0],o=t>e?t:e;return`
  var<workgroup> mm_Asub : array<array<f32, ${o}>, ${t}>;
  var<workgroup> mm_Bsub : array<array<f32, ${e}>, ${o}>;

  // If the output size is small for matrix multiplication, avoid to use vec4
  // and handle some elements per thread to optimally utilize the ALU.
  // Read data from global memory to registers firstly, then store them into
  // shared memory, so it is instruction-Level parallelism for arithmetic
  // operations and others handle IO operations between barrier api, makes ALU
  // and load/store units work simultaneously, could improves the performance.
  ${A()} {
    let tileRow = i32(localId.y);
    let tileCol = i32(localId.x);
    let globalRow = i32(globalId.y);
    let globalCol = i32(globalId.x);
    let batch = i32(globalId.z);
    let batchA = batch % uniforms.aShape[0];
    let batchB = batch % uniforms.bShape[0];

    // uniforms.dimInner should be greater than 0.
    let numTiles = (uniforms.dimInner - 1) / ${o} + 1;
    var acc = 0.0;

    var globalColA = tileCol;
    var globalRowB = 0;
    var regA = mm_readA(batchA, globalRow, globalColA);
    var regB0 = mm_readB(batchB, globalRowB + 2 * tileRow, globalCol);
    var regB1 = mm_readB(batchB, globalRowB + 2 * tileRow + 1, globalCol);
    globalColA = globalColA + ${o};
    globalRowB = globalRowB + ${o};

    for (var t = 0; t < numTiles; t = t + 1) {
      mm_Asub[tileRow][tileCol] = regA;
      mm_Bsub[2 * tileRow][tileCol] = regB0;
      mm_Bsub[2 * tileRow + 1][tileCol] = regB1;

      workgroupBarrier();

      regA = mm_readA(batchA, globalRow, globalColA);
      regB0 = mm_readB(batchB, globalRowB + 2 * tileRow, globalCol);
      regB1 = mm_readB(batchB, globalRowB + 2 * tileRow + 1, globalCol);
      globalColA = globalColA + ${o};
      globalRowB = globalRowB + ${o};

      for (var k = 0; k < ${o}; k = k + 1) {
        acc = acc + mm_Asub[tileRow][k] * mm_Bsub[k][tileCol];
      }
      workgroupBarrier();
    }

    mm_write(batch, globalRow, globalCol, acc);
  }
  `}var ip=class{constructor(t,e,o,n=!1,s=!1,i=null,a=null,p=null){this.variableNames=["A","B"],this.uniforms="dimAOuter : i32, dimBOuter : i32, dimInner : i32,",this.workgroupSize=[16,8,1],this.outputShape=o,this.dispatchLayout={x:[2],y:[1],z:[0]},this.dispatch=[Math.ceil(o[2]/this.workgroupSize[0]),Math.ceil(o[1]/this.workgroupSize[1]),o[0]];let u=i!=null;u&&this.variableNames.push("bias");let c=p!=null;c&&this.variableNames.push("preluActivationWeights"),this.transposeA=n,this.transposeB=s,this.addBias=u,this.activation=a,this.hasPreluActivationWeights=c,this.shaderKey=`matMulSmallOutputSize_${this.activation}_${n}_${s}`}getUserCode(){return`
      ${At(this.activation,this.hasPreluActivationWeights)}
      ${ti(this.addBias,this.activation,this.transposeA,this.transposeB)}
      ${lT(this.workgroupSize)}
    `}};var ap=class{constructor(t,e,o=!1,n=!1){this.variableNames=["A","B"],this.uniforms="dimAOuter : i32, dimBOuter : i32, dimInner : i32,",this.workgroupSize=[8,8,1],this.atomic=!0,this.splitedDimInner=128,b.assert(t[0]===1,()=>"MatMulSplitKProgram only supports batch = 1."),this.outputShape=t,this.dispatchLayout={x:[2],y:[1],z:[0,3]};let s=(o&&this.outputShape[1]%4===0||!o&&e%4===0)&&this.outputShape[2]%4===0;this.elementsPerThread=[4,4,this.splitedDimInner],this.outputComponent=s?4:1,s||(this.outputShape[1]<16&&(this.elementsPerThread[1]=1),this.outputShape[2]<16&&(this.elementsPerThread[0]=1)),this.dispatch=F(this.dispatchLayout,[this.outputShape[0],this.outputShape[1],this.outputShape[2],e],this.workgroupSize,this.elementsPerThread),this.transposeA=o,this.transposeB=n,this.shaderKey=`matMulSplitK_${o}_${n}_${this.elementsPerThread}_${this.outputComponent}`}getUserCode(){let t=this.outputComponent;return`
      ${Tc(!1,this.transposeB,!1,!1,!1,t)}
      fn mm_write(batch: i32, row : i32, col : i32, value : ${rt(t)}) {
        if (row < uniforms.dimAOuter && col < uniforms.dimBOuter) {
          let coords = vec3<i32>(batch, row, col);
          let flatIndex = getOutputIndexFromCoords(coords);
          // The problem is that we should initialize output to zero before using.
          // Otherwise, the original value will be added to the result.
          for (var i = 0; i < ${t}; i = i + 1) {
            ${Jt("&result[flatIndex + i]",`${t>1?"value[i]":"value"}`,"float32")}
          }
        }
      }
      ${t===4?Jr(this.elementsPerThread,this.workgroupSize,this.transposeA,32,!0,this.splitedDimInner):to(this.elementsPerThread,this.workgroupSize,this.transposeA,32,!0,this.splitedDimInner)}
    `}},pp=class{constructor(t,e=null,o=null,n=null){this.uniforms="",this.variableNames=["x"],this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=t,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.addBias=e!=null,this.hasPreluActivationWeights=n!=null,this.activation=o,this.addBias&&this.variableNames.push("bias"),this.hasPreluActivationWeights&&this.variableNames.push("preluActivationWeights"),this.shaderKey=`biasActivation_${o}`}getUserCode(){return`
    ${At(this.activation,this.hasPreluActivationWeights)}
    ${A("index")} {
      if (index < uniforms.size) {
        let coords = getCoordsFromIndex(index);
        var value = getXByOutputIndex(index);
        ${te(this.addBias,this.activation)}
        setOutputAtIndex(index, value);
      }
    }
    `}};var up=class{constructor(t){this.variableNames=[],this.outputShape=[],this.uniforms="value : f32,",this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=t,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.shaderKey="fill"}getUserCode(){return`
    ${A("index")} {
      if (index < uniforms.size) {
        setOutputAtIndex(index, uniforms.value);
      }
    }
  `}};function wt(r){let{backend:t,attrs:e}=r,{shape:o,value:n}=e,{dtype:s}=e;if(s=s||b.inferDtype(n),s==="string"){let i=b.getArrayFromDType(s,b.sizeFromShape(o));return i.fill(n),t.makeTensorInfo(o,s,i)}else{let i=new up(o),a=[{type:"float32",data:[n]}];return t.runWebGPUProgram(i,[],s,a)}}var Lx={kernelName:Fi,backendName:"webgpu",kernelFunc:wt};function O(r){let{inputs:t,attrs:e}=r,{x:o}=t,{shape:n}=e,s=b.sizeFromShape(o.shape),i=b.inferFromImplicitShape(n,s),a=b.sizeFromShape(i);return b.assert(s===a,()=>`The new shape (${i}) has ${a} elements and the old shape (${o.shape}) has ${s} elements. The new shape and old shape must have the same number of elements.`),r.backend.incRef(o.dataId),{dataId:o.dataId,shape:i,dtype:o.dtype}}var Ox={kernelName:on,backendName:"webgpu",kernelFunc:O};function eo({a:r,b:t,transposeA:e,transposeB:o,backend:n,bias:s=null,preluActivationWeights:i=null,leakyreluAlpha:a=0,activation:p=null}){let u=r.shape.length,c=t.shape.length,l=e?r.shape[u-2]:r.shape[u-1],m=o?t.shape[c-1]:t.shape[c-2],f=e?r.shape[u-1]:r.shape[u-2],d=o?t.shape[c-2]:t.shape[c-1],g=r.shape.slice(0,-2),h=t.shape.slice(0,-2),S=b.sizeFromShape(g),T=b.sizeFromShape(h),v=he.assertAndGetBroadcastShape(r.shape.slice(0,-2),t.shape.slice(0,-2)).concat([f,d]);b.assert(l===m,()=>`Error in matMul: inner shapes (${l}) and (${m}) of Tensors with shapes ${r.shape} and ${t.shape} and transposeA=${e} and transposeB=${o} must match.`);let N=e?[S,l,f]:[S,f,l],R=o?[T,d,m]:[T,m,d],P=O({inputs:{x:r},backend:n,attrs:{shape:N}}),G=O({inputs:{x:t},backend:n,attrs:{shape:R}}),B=[P,G],L=Math.max(S,T),U=[P,G],X=[{type:"int32",data:[f]},{type:"int32",data:[d]},{type:"int32",data:[l]}],Q,ot,it=[L,f,d],gt=W().get("WEBGPU_MATMUL_PROGRAM_TYPE");if(gt<0){let ne=W().getNumber("WEBGPU_THRESHOLD_TO_INCREASE_WORKGROUPS_FOR_MATMUL"),le=ne>0?ne:n.thresholdToIncreaseWorkgroups,Tr=L*Math.ceil(f/32)*Math.ceil(d/32);Tr<=le||f<=8&&Tr<=le*2?L*f*d<=128?gt=Ne.MatMulReduceProgram:L===1&&m>=2e3?gt=Ne.MatMulSplitKProgram:gt=Ne.MatMulSmallOutputSizeProgram:gt=Ne.MatMulPackedProgram}switch(gt){case Ne.MatMulReduceProgram:Q=new sp(it,e,o,s,p,i);break;case Ne.MatMulSplitKProgram:{if(ot=wt({backend:n,attrs:{shape:it,value:0,dtype:r.dtype}}),Q=new ap(it,m,e,o),s||p){ot=n.runWebGPUProgram(Q,U,r.dtype,X,ot);let le=new pp(ot.shape,s,p,i),Tr=null,ci=[ot];s&&ci.push(s),i&&ci.push(i),p==="leakyrelu"&&(Tr=[{type:"float32",data:[a]}],le.uniforms+=" alpha : f32,");let gm=n.runWebGPUProgram(le,ci,ot.dtype,Tr);B.push(ot);let CC=O({inputs:{x:gm},backend:n,attrs:{shape:v}});B.push(gm);for(let vC of B)n.disposeData(vC.dataId);return CC}break}case Ne.MatMulSmallOutputSizeProgram:Q=new ip(N,R,it,e,o,s,p,i);break;case Ne.MatMulPackedProgram:let ne=n.adapterInfo.isIntel();Q=new np(N,it,e,o,s,p,i,ne);break;default:throw new Error(`Unsupported MatMulProgramType ${gt}.`)}s&&U.push(s),i&&U.push(i),p==="leakyrelu"&&(X.push({type:"float32",data:[a]}),Q.uniforms+=" alpha : f32,"),ot=n.runWebGPUProgram(Q,U,r.dtype,X,ot);let oe=O({inputs:{x:ot},backend:n,attrs:{shape:v}});B.push(ot);for(let ne of B)n.disposeData(ne.dataId);return oe}function cT(r){let{inputs:t,backend:e,attrs:o}=r,{a:n,b:s,bias:i,preluActivationWeights:a}=t,{transposeA:p,transposeB:u,activation:c,leakyreluAlpha:l}=o;return eo({a:n,b:s,transposeA:p,transposeB:u,backend:e,bias:i,preluActivationWeights:a,leakyreluAlpha:l,activation:c})}var Ux={kernelName:vs,backendName:"webgpu",kernelFunc:cT};var ei=class{constructor(t,e,o){this.variableNames=["AReal","AImag","BReal","BImag"],this.workgroupSize=[128,1,1],this.size=!0,this.outputShape=E.assertAndGetBroadcastShape(e,o),this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.shaderKey=`binaryOpComplex_${t}`,this.op=t}getUserCode(){return`
      fn binaryOpComplex(
          areal : f32, aimag : f32, breal : f32, bimag : f32) -> f32 {
        ${os(this.op,!1)}
      }

      ${A("index")} {
        if(index < uniforms.size) {
          let areal = getARealByOutputIndex(index);
          let aimag = getAImagByOutputIndex(index);
          let breal = getBRealByOutputIndex(index);
          let bimag = getBImagByOutputIndex(index);
          setOutputAtIndex(index, binaryOpComplex(areal, aimag, breal, bimag));
        }
      }
    `}};var tr=class{constructor(t,e,o){if(this.size=!0,this.variableNames=["A","B"],this.outputShape=E.assertAndGetBroadcastShape(e,o),this.dispatchLayout=M(this.outputShape),this.op=t,this.useSharedMemoryWithA=e.length<=1&&o.length>1&&e[0]<128,this.useSharedMemoryWithB=o.length<=1&&e.length>1&&o[0]<128,this.useSharedMemoryWithA||this.useSharedMemoryWithB)this.outputComponent=1,this.variableComponents=[1,1],this.lastDimensionSize=this.useSharedMemoryWithB?o[0]:e[0],this.shaderKey=`binary_${t}_${this.lastDimensionSize}`,this.type="shared",this.workgroupSize=[256,1,1];else{let n=e.length>0&&e[e.length-1]%4===0,s=o.length>0&&o[o.length-1]%4===0;n&&s?(this.outputComponent=4,this.variableComponents=[4,4]):n&&(b.isScalarShape(o)||o[o.length-1]===1)||s&&(b.isScalarShape(e)||e[e.length-1]===1)?(this.outputComponent=4,this.variableComponents=n?[4,1]:[1,4]):(this.outputComponent=1,this.variableComponents=[1,1]),this.type="nonshared",this.shaderKey=`binary_${t}_${this.variableComponents}`,this.workgroupSize=[128,1,1]}this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize,[this.outputComponent,1,1])}getUserCode(){let t,e=this.outputComponent===4?"vec4<f32>":"f32",o=`
    fn binaryOperation(a : ${e}, b : ${e}) -> ${e} {
      ${os(this.op,this.outputComponent===4)}
    };
    `;if(this.type==="shared"){let n=this.lastDimensionSize>1?`coords[${this.outputShape.length-1}]`:"0",s=this.useSharedMemoryWithB?`let a = getAByOutputIndex(index);
          let b = sharedBuf[${n}];`:`let a = sharedBuf[${n}];
          let b = getBByOutputIndex(index);`;t=`
        ${o}
        var<workgroup> sharedBuf : array<f32, ${this.lastDimensionSize}>;
        ${A("index")} {
          // Fill in the shared memory buffer.
          let localIndex = i32(localId.x);
          if(localIndex < ${this.lastDimensionSize}) {
            sharedBuf[localIndex] = f32(${this.useSharedMemoryWithB?"B":"A"}[localIndex]);
          }
          workgroupBarrier();

          if(index < uniforms.size) {
            let coords = getCoordsFromIndex(index);
            ${s}
            setOutputAtIndex(index, binaryOperation(a, b));
          }
        }
        `}else t=`
       ${o}
       ${A("index")} {
         if (index < uniforms.size) {
           let coords = getCoordsFromIndex(index * ${this.outputComponent});
           let a = ${e}(getAByOutputCoords(coords));
           let b = ${e}(getBByOutputCoords(coords));
           setOutputAtIndex(index, binaryOperation(a, b));
         }
       }
       `;return t}};function It(r){let{inputs:t}=r,{x:e}=t;return r.backend.incRef(e.dataId),{dataId:e.dataId,shape:e.shape,dtype:e.dtype}}var Wx={kernelName:Ve,backendName:"webgpu",kernelFunc:It};function ue(r){let{inputs:t,backend:e}=r,{real:o,imag:n}=t,s=e.makeTensorInfo(o.shape,"complex64"),i=e.tensorMap.get(s.dataId),a=It({inputs:{x:o},backend:e}),p=It({inputs:{x:n},backend:e});return i.complexTensorInfos={real:a,imag:p},s}var Vx={kernelName:Ss,backendName:"webgpu",kernelFunc:ue};var ee=class{constructor(t,e,o=""){this.variableNames=["A"],this.size=!0;let n=128;this.workgroupSize=[n,1,1],this.outputShape=t,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.op=e,o!==""&&(this.uniforms=o),this.shaderKey=`unary_${e}`}getUserCode(){return`
      fn unaryOperation(a : f32) -> f32 {
        ${Je(this.op,!1)}
      }
      ${A("index")} {
        if (index < uniforms.size) {
          let a = getAByOutputIndex(index);
          setOutputAtIndex(index, unaryOperation(a));
        }
      }
      `}};function K({opType:r,cpuKernelImpl:t,dtype:e}){return({inputs:o,backend:n})=>{let{x:s}=o,i=n,a=e||s.dtype;if(i.shouldExecuteOnCPU([s])&&t!=null){let u=i.tensorMap.get(s.dataId),c=t(u.values,a);return i.makeTensorInfo(s.shape,a,c)}let p=new ee(s.shape,r);return i.runWebGPUProgram(p,[s],a)}}function at({opType:r,cpuKernelImpl:t,supportsComplex:e=!1,dtype:o}){return({inputs:n,backend:s})=>{let{a:i,b:a}=n,p=s;if(e&&i.dtype==="complex64"){let l=p.tensorMap.get(i.dataId),m=p.tensorMap.get(a.dataId),f,d;if(r!==q.MUL)[f,d]=[[l.complexTensorInfos.real,m.complexTensorInfos.real],[l.complexTensorInfos.imag,m.complexTensorInfos.imag]].map(h=>{let[S,T]=h,k={dataId:S.dataId,dtype:S.dtype,shape:i.shape},v={dataId:T.dataId,dtype:T.dtype,shape:a.shape},N=new tr(r,i.shape,a.shape);return p.runWebGPUProgram(N,[k,v],Pt(S.dtype,T.dtype))});else{let h=new ei(q.COMPLEX_MULTIPLY_REAL,i.shape,a.shape),S=new ei(q.COMPLEX_MULTIPLY_IMAG,i.shape,a.shape),T=[{dataId:l.complexTensorInfos.real.dataId,dtype:l.complexTensorInfos.real.dtype,shape:i.shape},{dataId:l.complexTensorInfos.imag.dataId,dtype:l.complexTensorInfos.imag.dtype,shape:i.shape},{dataId:m.complexTensorInfos.real.dataId,dtype:m.complexTensorInfos.real.dtype,shape:a.shape},{dataId:m.complexTensorInfos.imag.dataId,dtype:m.complexTensorInfos.imag.dtype,shape:a.shape}];f=p.runWebGPUProgram(h,T,"float32"),d=p.runWebGPUProgram(S,T,"float32")}let g=ue({inputs:{real:f,imag:d},backend:p});return p.disposeData(f.dataId),p.disposeData(d.dataId),g}let u=o||Pt(i.dtype,a.dtype);if((i.dtype==="string"||a.dtype==="string"||p.shouldExecuteOnCPU([i,a]))&&t!=null){let l=p.tensorMap.get(i.dataId).values,m=p.tensorMap.get(a.dataId).values,f=i.dtype==="string"?E.fromUint8ToStringArray(l):l,d=i.dtype==="string"?E.fromUint8ToStringArray(m):m,[g,h]=t(i.shape,a.shape,f,d,u);return p.makeTensorInfo(h,u,g)}let c=new tr(r,i.shape,a.shape);return p.runWebGPUProgram(c,[i,a],u)}}var Zc={};rr(Zc,{addImpl:()=>Ec,bincountImpl:()=>Kx,bincountReduceImpl:()=>Xx,bitwiseAndImpl:()=>$c,castImpl:()=>Dc,ceilImpl:()=>Rc,concatImpl:()=>jx,equalImpl:()=>Ac,expImpl:()=>Fc,expm1Impl:()=>Pc,floorDivImpl:()=>_c,floorImpl:()=>Mc,gatherNdImpl:()=>Yx,gatherV2Impl:()=>Zx,greaterEqualImpl:()=>Bc,greaterImpl:()=>Gc,lessEqualImpl:()=>Lc,lessImpl:()=>zc,linSpaceImpl:()=>Qx,logImpl:()=>Oc,maxImpl:()=>Jx,maximumImpl:()=>Uc,minimumImpl:()=>Wc,multiplyImpl:()=>oi,negImpl:()=>ty,notEqualImpl:()=>Vc,prodImpl:()=>ry,raggedGatherImpl:()=>ny,raggedRangeImpl:()=>iy,raggedTensorToTensorImpl:()=>uy,rangeImpl:()=>ly,rsqrtImpl:()=>qc,scatterImpl:()=>cy,sigmoidImpl:()=>my,simpleAbsImpl:()=>Hx,sliceImpl:()=>fy,sparseFillEmptyRowsImpl:()=>dy,sparseReshapeImpl:()=>hy,sparseSegmentReductionImpl:()=>gy,sqrtImpl:()=>xy,squaredDifferenceImpl:()=>Kc,staticRegexReplaceImpl:()=>Xc,stridedSliceImpl:()=>yy,stringNGramsImpl:()=>by,stringSplitImpl:()=>wy,stringToHashBucketFastImpl:()=>Sy,subImpl:()=>Yc,tileImpl:()=>Cy,topKImpl:()=>Iy,transposeImpl:()=>ey,uniqueImpl:()=>ky});function lp(r,t){Array.isArray(r)||(r=[r]),r.forEach(e=>{e!=null&&b.assert(e.dtype!=="complex64",()=>`${t} does not support complex64 tensors in the CPU backend.`)})}function Hx(r){let t=new Float32Array(r.length);for(let e=0;e<r.length;++e)t[e]=Math.abs(r[e]);return t}function ht(r){return(t,e,o,n,s)=>{let i=E.assertAndGetBroadcastShape(t,e),a=i.length,p=b.computeStrides(i),u=b.sizeFromShape(i),c=b.getTypedArrayFromDType(s,u),l=t.length,m=e.length,f=b.computeStrides(t),d=b.computeStrides(e),g=E.getBroadcastDims(t,i),h=E.getBroadcastDims(e,i);if(g.length+h.length===0)for(let S=0;S<c.length;++S)c[S]=r(o[S%o.length],n[S%n.length]);else for(let S=0;S<c.length;++S){let T=b.indexToLoc(S,a,p),k=T.slice(-l);g.forEach(P=>k[P]=0);let v=b.locToIndex(k,l,f),N=T.slice(-m);h.forEach(P=>N[P]=0);let R=b.locToIndex(N,m,d);c[S]=r(o[v],n[R])}return[c,i]}}function ns(r){let{inputs:t,backend:e}=r,{real:o,imag:n}=t,s=e.data.get(o.dataId).values,i=e.data.get(n.dataId).values,a=e.makeTensorInfo(o.shape,"complex64"),p=e.data.get(a.dataId);return p.complexTensorInfos={real:e.makeTensorInfo(o.shape,"float32",s),imag:e.makeTensorInfo(n.shape,"float32",i)},a}function cp(r,t,e="float32"){if(e==="complex64"){let n=cp(r,t,"float32"),s=cp(r,t,"float32");return ns({inputs:{real:n,imag:s},backend:r})}let o=b.makeZerosTypedArray(b.sizeFromShape(t),e);return r.makeTensorInfo(t,e,o)}function Nc(r){let{inputs:t,backend:e}=r,{x:o}=t;return e.incRef(o.dataId),{dataId:o.dataId,shape:o.shape,dtype:o.dtype}}function qx(r){let{inputs:t,backend:e}=r,{input:o}=t,n=e.data.get(o.dataId).complexTensorInfos.real,s=e.data.get(n.dataId).values;return e.makeTensorInfo(n.shape,n.dtype,s)}function Dc(r,t,e,o){if(o==="int32"){let n=Int32Array.from(r);return[t,"int32",n]}if(o==="bool"){let n=b.toTypedArray([0],e),[s,i]=ht((a,p)=>a!==p?1:0)(t,[],r,n,"bool");return[i,"bool",s]}throw new Error(`Error in Cast: failed to cast ${e} to ${o}`)}function ri(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{dtype:s}=o;if(s==="complex64"){if(n.dtype==="complex64")return Nc({inputs:{x:n},backend:e});let c=cp(e,n.shape,n.dtype),l=ri({inputs:{x:n},backend:e,attrs:{dtype:"float32"}}),m=ns({inputs:{real:l,imag:c},backend:e});return e.disposeIntermediateTensorInfo(c),e.disposeIntermediateTensorInfo(l),m}if(n.dtype==="complex64"){let c=qx({inputs:{input:n},backend:e}),l=ri({inputs:{x:c},backend:e,attrs:{dtype:s}});return e.disposeIntermediateTensorInfo(c),l}if(!b.hasEncodingLoss(n.dtype,s)){let c=Nc({inputs:{x:n},backend:e});return{dataId:c.dataId,shape:c.shape,dtype:s}}let i=e.data.get(n.dataId).values,[a,p,u]=Dc(i,n.shape,n.dtype,s);return e.makeTensorInfo(a,p,u)}function xt(r,t,e,o){return e==null?({inputs:n,backend:s})=>{let{a:i,b:a}=n,p=s;lp([i,a],r);let u=p.data.get(i.dataId).values,c=p.data.get(a.dataId).values,l=i.dtype==="string"?E.fromUint8ToStringArray(u):u,m=i.dtype==="string"?E.fromUint8ToStringArray(c):c,f=o||i.dtype,[d,g]=t(i.shape,a.shape,l,m,f);return p.makeTensorInfo(g,f,d)}:({inputs:n,backend:s})=>{let{a:i,b:a}=n,p=s;if(i.dtype==="complex64"||a.dtype==="complex64"){let u=ri({inputs:{x:i},backend:p,attrs:{dtype:"complex64"}}),c=p.data.get(u.dataId),l=c.complexTensorInfos.real,m=c.complexTensorInfos.imag,f=p.data.get(l.dataId).values,d=p.data.get(m.dataId).values,g=ri({inputs:{x:a},backend:p,attrs:{dtype:"complex64"}}),h=p.data.get(g.dataId),S=h.complexTensorInfos.real,T=h.complexTensorInfos.imag,k=p.data.get(S.dataId).values,v=p.data.get(T.dataId).values,[N,R,P]=e(i.shape,a.shape,f,d,k,v),G=p.makeTensorInfo(P,"float32",N),B=p.makeTensorInfo(P,"float32",R),L=ns({inputs:{real:G,imag:B},backend:p});return p.disposeIntermediateTensorInfo(u),p.disposeIntermediateTensorInfo(g),p.disposeIntermediateTensorInfo(G),p.disposeIntermediateTensorInfo(B),L}else{let u=p.data.get(i.dataId).values,c=p.data.get(a.dataId).values,l=o||i.dtype,[m,f]=t(i.shape,a.shape,u,c,l);return p.makeTensorInfo(f,l,m)}}}function ss(r){return(t,e,o,n,s,i)=>{let a=E.assertAndGetBroadcastShape(t,e),p=b.sizeFromShape(a),u=a.length,c=b.computeStrides(a),l=b.getTypedArrayFromDType("float32",p),m=b.getTypedArrayFromDType("float32",p),f=E.getBroadcastDims(t,a),d=E.getBroadcastDims(e,a),g=E.mergeRealAndImagArrays(o,n),h=E.mergeRealAndImagArrays(s,i),S=t.length,T=b.computeStrides(t),k=e.length,v=b.computeStrides(e);if(f.length+d.length===0)for(let N=0;N<l.length;N++){let R=N%g.length,P=N%h.length,G=r(g[R*2],g[R*2+1],h[P*2],h[P*2+1]);l[N]=G.real,m[N]=G.imag}else for(let N=0;N<l.length;N++){let R=b.indexToLoc(N,u,c),P=R.slice(-S);f.forEach(X=>P[X]=0);let G=b.locToIndex(P,S,T),B=R.slice(-k);d.forEach(X=>B[X]=0);let L=b.locToIndex(B,k,v),U=r(g[G*2],g[G*2+1],h[L*2],h[L*2+1]);l[N]=U.real,m[N]=U.imag}return[l,m,a]}}var Ec=ht(((r,t)=>r+t)),mT=ss(((r,t,e,o)=>({real:r+e,imag:t+o}))),Jht=xt("Add",Ec,mT);function Kx(r,t,e,o,n){let s=b.sizeFromShape(o),i=b.makeZerosTypedArray(n,e);for(let a=0;a<r.length;a++){let p=r[a];if(p<0)throw new Error("Input x must be non-negative!");p>=n||(s>0?i[p]+=t[a]:i[p]+=1)}return i}function Xx(r,t,e,o=!1){let n=r.shape[0],s=r.shape[1],i=pt([n,e],t.dtype);for(let a=0;a<n;a++)for(let p=0;p<s;p++){let u=r.get(a,p);if(u<0)throw new Error("Input x must be non-negative!");u>=e||(o?i.set(1,a,u):t.size>0?i.set(i.get(a,u)+t.get(a,p),a,u):i.set(i.get(a,u)+1,a,u))}return i}var $c=ht(((r,t)=>r&t)),igt=xt(km,$c);function $t(r){return(t,e,o)=>{let n=b.getArrayFromDType(e,t.length);for(let s=0;s<t.length;++s)n[s]=r(t[s],o);return n}}function mp(r,t,e){let o=$t(t);return Vt(r,o,e)}function Vt(r,t,e){return({inputs:o,attrs:n,backend:s})=>{let{x:i}=o;lp(i,r);let a=s,p=a.data.get(i.dataId).values,u;if(i.dtype==="string"){if(!Array.isArray(p))throw new Error("String tensor's value was not an instance of Array");u=E.fromUint8ToStringArray(p)}else u=p;let c=e||i.dtype,l=t(u,c,n);return a.makeTensorInfo(i.shape,c,l)}}var Rc=$t(r=>Math.ceil(r)),xgt=Vt(nr,Rc);function jx(r,t,e,o){let n=b.getArrayFromDType(e,b.sizeFromShape(t));if(o&&e!=="string"){let s=0;r.forEach(i=>{let a=b.sizeFromShape(i.shape);n.set(i.vals,s),s+=a})}else{let s=0;r.forEach(i=>{let a=e==="string"?E.fromUint8ToStringArray(i.vals):i.vals,p=0;for(let u=0;u<i.shape[0];++u){let c=u*t[1]+s;for(let l=0;l<i.shape[1];++l)n[c+l]=a[p++]}s+=i.shape[1]})}return n}var Ac=ht((r,t)=>r===t?1:0),Igt=xt(Po,Ac,null,"bool");var Fc=$t(r=>Math.exp(r)),Egt=Vt("Exp",Fc,"float32");var Pc=$t(r=>Math.expm1(r)),Pgt=Vt(sr,Pc);var Mc=$t(r=>Math.floor(r)),zgt=Vt(ir,Mc);var _c=ht((r,t)=>Math.floor(r/t)),Vgt=xt(ar,_c,null,"int32");function Yx(r,t,e,o,n,s,i,a,p){let u=pt([o,s],e);for(let c=0;c<o;c++){let l=[],m=0;for(let f=0;f<n;f++){let d=r[c*n+f];m+=d*i[f],l.push(d)}if(m<0||m>=p/s)throw new Error(`Invalid indices: ${l} does not index into ${a}`);for(let f=0;f<s;f++)u.values[c*s+f]=t.get(...t.indexToLoc(m*s+f))}return u}function Zx(r,t,e){let o=pt(e,r.dtype);for(let n=0;n<o.size;++n){let i=o.indexToLoc(n).slice(),a=i[0],p=i[2],u=t.locToIndex([a,p]);i[2]=t.values[u];let c=r.locToIndex(i);0<=c&&c<r.values.length&&(o.values[n]=r.values[c])}return o}var Gc=ht((r,t)=>r>t?1:0),Jgt=xt(Bo,Gc,null,"bool");var Bc=ht((r,t)=>r>=t?1:0),nxt=xt(pr,Bc,null,"bool");var zc=ht((r,t)=>r<t?1:0),uxt=xt(Wo,zc,null,"bool");var Lc=ht((r,t)=>r<=t?1:0),dxt=xt(Vo,Lc,null,"bool");function Qx(r,t,e){let o=(t-r)/(e-1),n=b.makeZerosTypedArray(e,"float32");n[0]=r;for(let s=1;s<n.length;s++)n[s]=n[s-1]+o;return n}var Oc=$t(r=>Math.log(r)),Sxt=Vt("Log",Oc);function Jx(r,t,e,o){let n=b.getTypedArrayFromDType(o,b.sizeFromShape(e));for(let s=0;s<n.length;++s){let i=s*t,a=r[i];for(let p=0;p<t;++p){let u=r[i+p];(Number.isNaN(u)||u>a)&&(a=u)}n[s]=a}return n}var Uc=ht(((r,t)=>Math.max(r,t))),Dxt=xt(ur,Uc);var Wc=ht(((r,t)=>Math.min(r,t))),Fxt=xt(lr,Wc);var oi=ht(((r,t)=>r*t)),fT=ss(((r,t,e,o)=>({real:r*e-t*o,imag:r*o+t*e}))),Bxt=xt(cr,oi,fT);function ty(r,t,e){let o=b.createScalarValue(-1,e);return oi([],t,o,r,e)}var Vc=ht(((r,t)=>r!==t?1:0)),qxt=xt(jo,Vc,null,"bool");function ey(r,t,e,o,n){let s=t.length,i=b.sizeFromShape(t),a=b.computeStrides(t),p=b.computeStrides(n),u=b.getTypedArrayFromDType(e,b.sizeFromShape(n));for(let c=0;c<i;++c){let l=b.indexToLoc(c,s,a),m=new Array(l.length);for(let d=0;d<m.length;d++)m[d]=l[o[d]];let f=b.locToIndex(m,s,p);u[f]=r[c]}return u}function ry(r,t,e,o){let[n,s]=E.computeOutAndReduceShapes(r,o),i=Pt(t,"int32"),a=b.makeZerosTypedArray(b.sizeFromShape(n),i),p=b.sizeFromShape(s);for(let u=0;u<a.length;++u){let c=u*p,l=1;for(let m=0;m<p;++m)l*=e[c+m];a[u]=l}return{outVals:a,outShape:n,outDtype:i}}function dT(r,t,e){r.forEach((o,n)=>{if(o<0||o>=e){let s=b.indexToLoc(n,t.length,b.computeStrides(t)).join(",");throw new Error(`indices[${s}] = ${o} is not in [0, ${e})`)}})}function hT(r,t){for(let e=0;e<r.length;++e){let o=r[e],n=e===r.length-1?t:r[e+1].length;if(o.length===0)throw new Error("Ragged splits may not be empty");if(o[0]<0)throw new Error("Ragged splits must be non-negative");if(o[o.length-1]>n)throw new Error("Ragged splits must not point past values");for(let s=1;s<o.length;++s)if(o[s-1]>o[s])throw new Error("Ragged splits must be sorted in ascending order")}}function gT(r,t,e,o){let n=[],s=0,i=t.length-1+e.length,a=new Array(i).fill(null).map(()=>[0]);hT(e,o);let p=1;for(let u=0;u<t.length-1;++u){p*=t[u];let c=t[u+1];for(let l=1;l<p+1;++l)a[u].push(l*c)}for(let u=0;u<r.length;++u){let c=r[u],l=r[u]+1;for(let m=0;m<e.length;++m){let f=e[m],d=m+t.length-1;if(d>=0){let g=a[d],h=g[g.length-1]-f[c];for(let S=c;S<l;++S)a[d].push(f[S+1]+h)}c=f[c],l=f[l]}l!==c&&(n.push([c,l]),s+=l-c)}return{outSplits:a,valueSlices:n,numValues:s}}function xT(r){let t=[];for(let e=0;e<r.length;++e){let o=r[e].length,n=b.getArrayFromDType("int32",o);t.push(n),r[e].forEach((s,i)=>n[i]=s)}return t}function oy(r,t){let e=r.slice(0,t);for(;e.length<t;)e.push(1);for(let o=t;o<r.length;o++)e[t-1]*=r[o];return e}function yT(r,t,e,o,n,s){let i=oy(t,2)[1],a=oy(s,2)[1],p=0;for(let u of e)for(let c=u[0];c<u[1];++c){for(let l=0;l<o;++l)n[p*a+l]=r[c*i+l];++p}}function bT(r,t,e,o,n){let s=t.slice();s[0]=n;let i=b.getArrayFromDType(e,b.sizeFromShape(s)),a=r.length,p=a===0?0:a/t[0];return yT(r,t,o,p,i,s),[i,s]}function ny(r,t,e,o,n,s,i,a){if(r.length===0)throw new Error("paramsNestedSplits must be non empty");if(t[0].length===0)throw new Error("Split tensors must not be scalars");let p=t[0][0]-1;if(dT(s,i,p),o.length===0)throw new Error("params.rank must be nonzero");let u=o[0],{outSplits:c,valueSlices:l,numValues:m}=gT(s,i,r,u),f=xT(c),d=bT(e,o,n,l,m);return[f,d[0],d[1]]}var sy=2147483647;function iy(r,t,e,o,n,s,i){if(t.length>1)throw new Error("starts must be a scalar or vector");if(n.length>1)throw new Error("limits must be a scalar or vector");if(i.length>1)throw new Error("deltas must be a scalar or vector");let a=t.length===0,p=n.length===0,u=i.length===0,c=[];a||c.push(t[0]),p||c.push(n[0]),u||c.push(i[0]);for(let h=1;h<c.length;++h)if(c[h]!==c[h-1])throw new Error("starts, limits, and deltas must have the same shape");let l=c.length===0?1:c[0],m=b.getArrayFromDType("int32",l+1);m[0]=0;for(let h=0;h<l;++h){let S=a?r[0]:r[h],T=p?o[0]:o[h],k=u?s[0]:s[h];if(k===0)throw new Error("Requires delta != 0");let v;if(k>0&&T<S||k<0&&T>S)v=0;else if(v=Math.ceil(Math.abs((T-S)/k)),v>sy)throw new Error(`Requires ((limit - start) / delta) <= ${sy}`);m[h+1]=m[h]+v}let f=m[l],d=b.getArrayFromDType(e,f),g=0;for(let h=0;h<l;++h){let S=m[h+1]-m[h],T=a?r[0]:r[h],k=u?s[0]:s[h];for(let v=0;v<S;++v)d[g++]=T,T+=k}return[m,d]}var be=E.RowPartitionType,Hc=class r{constructor(t,e,o,n,s,i,a,p,u,c){this.shape=t,this.shapeShape=e,this.values=o,this.valuesShape=n,this.valuesDType=s,this.defaultValue=i,this.defaultValueShape=a,this.rowPartitionValues=p,this.rowPartitionValuesShapes=u,this.rowPartitionTypes=E.getRowPartitionTypesHelper(c),this.raggedRank=E.getRaggedRank(this.rowPartitionTypes)}getRowPartitionTypeByDimension(t){return this.rowPartitionTypes[0]===be.FIRST_DIM_SIZE?this.rowPartitionTypes[t+1]:this.rowPartitionTypes[t]}getRowPartitionTensor(t){return this.rowPartitionTypes[0]===be.FIRST_DIM_SIZE?this.rowPartitionValues[t+1]:this.rowPartitionValues[t]}getMaxWidth(t){let e=this.getRowPartitionTensor(t-1);switch(this.getRowPartitionTypeByDimension(t-1)){case be.VALUE_ROWIDS:return r.getMaxWidthValueRowID(e);case be.ROW_SPLITS:return r.getMaxWidthRowSplit(e);default:throw new Error(`Cannot handle partition type ${be[this.getRowPartitionTypeByDimension(t-1)]}`)}}static getMaxWidthRowSplit(t){let e=t.length;if(e===0||e===1)return 0;let o=0;for(let n=0;n<e-1;++n){let s=t[n+1]-t[n];s>o&&(o=s)}return o}static getMaxWidthValueRowID(t){let e=t.length;if(e===0)return 0;let o=0,n=t[0],s=0;for(let i=1;i<e;++i){let a=t[i];a!==n&&(n=a,s=Math.max(i-o,s),o=i)}return Math.max(e-o,s)}tensorShapeFromTensor(t,e,o=!0){if(e.length===0){if(t[0]===-1)return[];throw new Error("The only valid scalar shape tensor is the fully unknown shape specified as -1.")}return py(t,o)}calculateOutputSize(t){let e=this.valuesShape,o=this.defaultValueShape;E.validateDefaultValueShape(o,e);let n=this.tensorShapeFromTensor(this.shape,this.shapeShape),i=E.combineRaggedTensorToTensorShapes(this.raggedRank,n,e);i[0]<0&&(i[0]=t);for(let a=1;a<=this.raggedRank;++a)i[a]<0&&(i[a]=this.getMaxWidth(a));return i}calculateFirstParentOutputIndex(t,e,o){let n=Math.min(t,o),s=[],i=0;for(let a=0;a<n;++a,i+=e)s.push(i);for(let a=n;a<t;++a)s.push(-1);return b.assert(s.length===t,()=>"Final length of result must be equal to firstDimension."),s}calculateOutputIndexRowSplit(t,e,o,n){let s=t.length,i=[];for(let a=0;a<s-1;++a){let p=t[a+1]-t[a],u=Math.min(n,p),c=e[a];c===-1&&(u=0);for(let l=0;l<u;++l)i.push(c),c+=o;for(let l=0;l<p-u;++l)i.push(-1)}if(s>0&&i.length!==t[s-1])throw new Error("Invalid row split size.");return i}calculateOutputIndexValueRowID(t,e,o,n){let s=t.length,i=[];if(s===0)return[];let a=0,p=t[0];if(p>=e.length)throw new Error(`Got currentValueRowId=${p}, which is not less than ${e.length}`);let u=e[p];i.push(u);for(let c=1;c<s;++c){let l=t[c];if(l===p)u>=0&&(++a,a<n?u+=o:u=-1);else{if(a=0,p=l,l>=e.length)throw new Error(`Got nextValueRowId=${l} which is not less than ${e.length}`);u=e[l]}i.push(u)}if(i.length!==t.length)throw new Error("Invalid row ids.");return i}calculateOutputIndex(t,e,o,n){let s=this.getRowPartitionTensor(t),i=this.getRowPartitionTypeByDimension(t);switch(i){case be.VALUE_ROWIDS:return this.calculateOutputIndexValueRowID(s,e,o,n);case be.ROW_SPLITS:if(s.length-1>e.length)throw new Error(`Row partition size is greater than output size: ${s.length-1} > ${e.length}`);return this.calculateOutputIndexRowSplit(s,e,o,n);default:throw new Error(`Unsupported partition type: ${be[i]}`)}}getFirstDimensionSize(){let t=this.rowPartitionValues[0];if(this.rowPartitionTypes.length===0)throw new Error("No row_partition_types given.");let e=this.rowPartitionTypes[0];switch(e){case be.FIRST_DIM_SIZE:return t[0];case be.VALUE_ROWIDS:throw new Error("Cannot handle VALUE_ROWIDS in first dimension.");case be.ROW_SPLITS:return this.rowPartitionValuesShapes[0][0]-1;default:throw new Error(`Cannot handle type ${be[e]}`)}}compute(){if(this.rowPartitionValues[0].length<=0)throw new Error("Invalid first partition input. Tensor requires at least one element.");let e=this.getFirstDimensionSize(),o=this.calculateOutputSize(e),n=new Array(this.raggedRank+1);n[n.length-1]=1;for(let p=n.length-2;p>=0;--p)n[p]=n[p+1]*o[p+1];let s=py(o,!1),i=b.getArrayFromDType(this.valuesDType,b.sizeFromShape(s));if(n[0]*o[0]>0){let p=this.calculateFirstParentOutputIndex(e,n[0],o[0]);for(let u=1;u<=this.raggedRank;++u)p=this.calculateOutputIndex(u-1,p,n[u],o[u]);this.setOutput(this.raggedRank,p,i,s)}return[s,i]}setOutput(t,e,o,n){if(o.length===0)return;let s=this.values,i=o,a=n.slice();a=a.slice(t+1);let p=b.sizeFromShape(a),u=e.length,c=this.defaultValue;if(c.length!==p&&c.length!==1){let d=this.defaultValueShape;ut(()=>{let g=D(c,d);c=Xe(g,a).dataSync()})}let l=0,m=0,f=0;for(let d=0;d<=u;++d){let g=d<u?e[d]:-1;if(g===f){++f;continue}if(m<f){let h=s.subarray(l*p),S=i.subarray(m*p),T=(f-m)*p;ay(S,h,T)}if(d>=u){let h=o.length;g=Math.floor(h/p)}if(g>f)if(this.defaultValue.length===1)i.subarray(f*p,g*p).fill(this.defaultValue[0]),f=g;else for(;g>f;){let h=i.slice(f*p);ay(h,c,p),++f}g<0?(l=d+1,m=f):(l=d,m=f,f=m+1)}}};function ay(r,t,e){for(let o=0;o<e;o++)r[o]=t[o]}function py(r,t){let e=[];for(let o of r){if(o<0){if(!t)throw new Error(`Dimension ${o} must be >= 0`);if(o<-1)throw new Error(`Dimension ${o} must be >= -1`);o=-1}e.push(o)}return e}function uy(r,t,e,o,n,s,i,a,p,u){return new Hc(r,t,e,o,n,s,i,a,p,u).compute()}function ly(r,t,e,o){let n=r===t,s=r<t&&e<0,i=t<r&&e>1;if(n||s||i)return b.makeZerosTypedArray(0,o);let a=Math.abs(Math.ceil((t-r)/e)),p=b.makeZerosTypedArray(a,o);t<r&&e===1&&(e=-1),p[0]=r;for(let u=1;u<p.length;u++)p[u]=p[u-1]+e;return p}var qc=$t(r=>1/Math.sqrt(r)),uyt=Vt(mr,qc);function cy(r,t,e,o,n,s,i,a,p,u){let c=[o/n,n],l=r.values,m=t.values;if(o===0)return pt(e,t.dtype);let f=p instanceof Ae?p:pt(c,t.dtype);typeof p=="string"||typeof p=="number"?f.values.fill(p):typeof p=="boolean"&&f.values.fill(+p);for(let d=0;d<s;d++){let g=[],h=0;for(let S=0;S<i;S++){let T=l[d*i+S];g.push(T),h+=T*a[S]}if(h<0||h>=o/n)throw new Error(`Invalid indices: ${g} does not index into ${e}`);for(let S=0;S<n;S++)u?f.values[h*n+S]+=m[d*n+S]:f.values[h*n+S]=t.rank===0?m[0]:m[d*n+S]}return f}var my=$t(r=>1/(1+Math.exp(-r))),gyt=mp(fr,r=>1/(1+Math.exp(-r)));function fy(r,t,e,o,n){let s=ae.isSliceContinous(o,t,e),i=b.sizeFromShape(e),a=b.computeStrides(o);if(s){let l=ae.computeFlatOffset(t,a);return n==="string"?r.slice(l,l+i):r.subarray(l,l+i)}let p=n==="string"?E.fromUint8ToStringArray(r):r,u=pt(o,n,p),c=pt(e,n);for(let l=0;l<c.size;++l){let m=c.indexToLoc(l),f=m.map((d,g)=>d+t[g]);c.set(u.get(...f),...m)}return n==="string"?E.fromStringArrayToUint8(c.values):c.values}function dy(r,t,e,o,n,s,i){let a=t[0],p=s[0],u=new Array(p),c=new Array(a),l=t[1];if(p===0){if(a!==0)throw new Error(E.getSparseFillEmptyRowsIndicesDenseShapeMismatch(a));let h=b.getArrayFromDType(e,0),S=b.getArrayFromDType(n,0);return[h,[0,l],S,u,c]}let m=!0,f=0,d=new Array(p).fill(0);for(let h=0;h<a;++h){let S=r[h*l];if(S<0)throw new Error(E.getSparseFillEmptyRowsNegativeIndexErrorMessage(h,S));if(S>=p)throw new Error(E.getSparseFillEmptyRowsOutOfRangeIndexErrorMessage(h,S,p));++d[S],m=m&&S>=f,f=S}let g=!0;for(let h=0;h<p;++h){let S=d[h]===0;u[h]=S,g=g&&!S,d[h]=Math.max(d[h],1),h>0&&(d[h]+=d[h-1])}if(g&&m){let h=r,S=o;for(let T=0;T<a;++T)c[T]=T;return[h,[a,l],S,u,c]}else{let h=d[p-1],S=b.getArrayFromDType(e,h*l),T=b.getArrayFromDType(n,h),k=new Array(p).fill(0);for(let v=0;v<a;++v){let N=r[v*l],R=k[N],P=(N===0?0:d[N-1])+R;k[N]++;for(let G=0;G<l;++G)S[P*l+G]=r[v*l+G];T[P]=o[v],c[v]=P}for(let v=0;v<p;++v)if(k[v]===0){let R=v===0?0:d[v-1];S[R*l+0]=v;for(let P=1;P<l;++P)S[R*l+P]=0;T[R]=i}return[S,[h,l],T,u,c]}}function hy(r,t,e,o,n){let s=b.sizeFromShape(o),i=t[0],a=n.length,p=[],u=1,c=-1;for(let h=0;h<a;++h){let S=n[h];if(S===-1){if(c!==-1)throw new Error(E.getSparseReshapeMultipleNegativeOneOutputDimErrorMessage(c,h));c=h,p.push(1)}else{if(S<0)throw new Error(E.getSparseReshapeNegativeOutputDimErrorMessage(h,S));u*=S,p.push(S)}}if(c!==-1){if(u<=0)throw new Error(E.getSparseReshapeEmptyTensorZeroOutputDimErrorMessage());let h=Math.trunc(s/u);if(u*h!==s)throw new Error(E.getSparseReshapeInputOutputMultipleErrorMessage(o,p));p[c]=h}if(b.sizeFromShape(p)!==s)throw new Error(E.getSparseReshapeInputOutputMismatchErrorMessage(o,p));let m=o.length,f=[];if(m>0){f[m-1]=1;for(let h=m-2;h>=0;--h)f[h]=f[h+1]*o[h+1]}let d=[];if(a>0){d[a-1]=1;for(let h=a-2;h>=0;--h)d[h]=d[h+1]*p[h+1]}let g=b.getArrayFromDType(e,i*a);for(let h=0;h<i;++h){let S=0;for(let T=0;T<m;++T)S+=r[h*m+T]*f[T];for(let T=0;T<a;++T)g[h*a+T]=Math.trunc(S/d[T]),S%=d[T]}return[g,[i,a],p]}function gy(r,t,e,o,n,s=!1,i=0){let a=o.length,p=[t[0],r.length/t[0]],u=p[1],l=a>0?n[a-1]+1:0;if(l<0)throw new Error(E.getSparseSegmentReductionNegativeSegmentIdsErrorMessage());let m=t.slice();m[0]=l;let f=m.reduce((k,v)=>k*v,1),d=b.getArrayFromDType(e,f);if(a===0)return l>0&&d.fill(i),[d,m];if(l<=0)throw new Error(E.getSparseSegmentReductionNegativeSegmentIdsErrorMessage());let g=0,h=1,S=0,T=n[g];for(;;){let k=0;if(h<a){if(k=n[h],T===k){++h;continue}if(T>=k)throw new Error(E.getSparseSegmentReductionNonIncreasingSegmentIdsErrorMessage())}if(T<0||T>=l)throw new Error(E.getSparseSegmentReductionSegmentIdOutOfRangeErrorMessage(T,l));T>S&&d.fill(i,S*u,T*u);for(let v=g;v<h;++v){let N=o[v];if(N<0||N>=p[0])throw new Error(E.getSparseSegmentReductionIndicesOutOfRangeErrorMessage(v,o[v],p[0]));for(let R=0;R<u;R++)d[T*u+R]+=r[N*u+R]}if(s)for(let v=0;v<u;v++)d[T*u+v]/=h-g;if(g=h,++h,S=T+1,T=k,h>a)break}return S<l&&d.fill(i,S*u,l*u),[d,m]}var xy=$t(r=>Math.sqrt(r)),Eyt=mp(dr,r=>Math.sqrt(r));var Kc=ht(((r,t)=>{let e=r-t;return e*e})),Pyt=xt(hr,Kc);var Xc=$t((r,t)=>{let{pattern:e,replaceGlobal:o,rewrite:n}=t;return r.replace(new RegExp(e,o?"g":""),n)}),zyt=Vt(Wm,Xc);function yy(r,t,e,o){let n=pt(r,t.dtype);for(let s=0;s<n.size;s++){let i=n.indexToLoc(s),a=new Array(i.length);for(let p=0;p<a.length;p++)a[p]=i[p]*e[p]+o[p];n.set(t.get(...a),...i)}return n}var jc=class{constructor(t,e,o,n,s,i){this.separator=b.encodeString(t),this.nGramWidths=e,this.leftPad=b.encodeString(o),this.rightPad=b.encodeString(n),this.padWidth=s,this.preserveShort=i}getPadWidth(t){return Math.min(this.padWidth<0?t-1:this.padWidth,t-1)}getNumNGrams(t,e){let o=this.getPadWidth(e);return Math.max(0,t+2*o-e+1)}createNGrams(t,e,o,n,s,i){for(let a=0;a<s;++a){let p=this.getPadWidth(i),u=Math.max(0,p-a),c=Math.max(0,p-(s-(a+1))),l=i-(u+c),m=e+(u>0?0:a-p),f=0;f+=u*this.leftPad.length;for(let T=0;T<l;++T)f+=t[m+T].length;f+=c*this.rightPad.length;let d=u+c+l-1;f+=d*this.separator.length,o[n+a]=new Uint8Array(f);let g=o[n+a],h=0,S=T=>T.forEach(k=>g[h++]=k);for(let T=0;T<u;++T)S(this.leftPad),S(this.separator);for(let T=0;T<l-1;++T)S(t[m+T]),S(this.separator);if(l>0){S(t[m+l-1]);for(let T=0;T<c;++T)S(this.separator),S(this.rightPad)}else{for(let T=0;T<c-1;++T)S(this.rightPad),S(this.separator);S(this.rightPad)}}}compute(t,e){let o=t.length,n=e.length;if(n>0){let p=e[0];if(p!==0)throw new Error(`First split value must be 0, got ${p}`);for(let u=1;u<n;++u){let c=e[u]>=p;if(c=c&&e[u]<=o,!c)throw new Error(`Invalid split value ${e[u]}, must be in [${p}, ${o}]`);p=e[u]}if(p!==o)throw new Error(`Last split value must be data size. Expected ${o}, got ${p}`)}let s=n-1,i=b.getArrayFromDType("int32",n);if(o===0||n===0){let p=new Array(o);for(let u=0;u<=s;++u)i[u]=0;return[p,i]}i[0]=0;for(let p=1;p<=s;++p){let u=e[p]-e[p-1],c=0;this.nGramWidths.forEach(l=>{c+=this.getNumNGrams(u,l)}),this.preserveShort&&u>0&&c===0&&(c=1),i[p]=i[p-1]+c}let a=new Array(i[s]);for(let p=0;p<s;++p){let u=e[p],c=i[p];if(this.nGramWidths.forEach(l=>{let m=e[p+1]-e[p],f=this.getNumNGrams(m,l);this.createNGrams(t,u,a,c,f,l),c+=f}),this.preserveShort&&c===i[p]){let l=e[p+1]-e[p];if(l===0)continue;let m=l+2*this.padWidth;this.createNGrams(t,u,a,c,1,m)}}return[a,i]}};function by(r,t,e,o,n,s,i,a){return new jc(e,o,n,s,i,a).compute(r,t)}function wT(r,t,e,o){if(!r.length)return;if(t.length===0){for(let s=0;s<r.length;++s)o.push(r.subarray(s,s+1));return}if(t.length===1){let s=t[0],i=r.indexOf(s);for(;i!==-1;){let a=r.subarray(0,i);(!e||a.length!==0)&&o.push(a),r=r.subarray(i+1),i=r.indexOf(s)}(!e||r.length!==0)&&o.push(r);return}let n=0;for(let s=0;s<r.length+1;s++)if(s===r.length||t.indexOf(r[s])!==-1){let i=r.subarray(n,s);(!e||i.length!==0)&&o.push(i),n=s+1}}function wy(r,t,e){let o=r.length,n=[],s=0,i=0,a=new Array(o);for(let m=0;m<o;++m){let f=n.length;wT(r[m],t,e,n);let d=n.length-f;a[m]=d,s+=d,i=Math.max(i,d)}let p=b.getArrayFromDType("int32",s*2),u=new Array(s),c=[o,i],l=0;for(let m=0;m<o;++m)for(let f=0;f<a[m];++f)p[l*2]=m,p[l*2+1]=f,u[l]=n[l],++l;return[p,u,c]}function Sy(r,t){let e=b.getArrayFromDType("int32",r.length);for(let o=0;o<r.length;++o)e[o]=b.fingerPrint64(r[o]).modulo(t).getLowBitsUnsigned();return e}var Yc=ht(((r,t)=>r-t)),ST=ss(((r,t,e,o)=>({real:r-e,imag:t-o}))),Qyt=xt("Sub",Yc,ST);function Cy(r,t){let e=new Array(r.rank);for(let n=0;n<e.length;n++)e[n]=r.shape[n]*t[n];let o=pt(e,r.dtype);for(let n=0;n<o.values.length;++n){let s=o.indexToLoc(n),i=new Array(r.rank);for(let p=0;p<i.length;p++)i[p]=s[p]%r.shape[p];let a=r.locToIndex(i);o.values[n]=r.values[a]}return o}var ni=(r,t)=>{let e=t.value-r.value;return e===0?r.index-t.index:e};function vy(r,t,e=0,o=r.length-1){for(;o>e;){if(o-e>600){let a=o-e+1,p=t-e+1,u=Math.log(a),c=.5*Math.exp(2*u/3),l=.5*Math.sqrt(u*c*(a-c)/a)*Math.sign(p-a/2),m=Math.max(e,Math.floor(t-p*c/a+l)),f=Math.min(o,Math.floor(t+(a-p)*c/a+l));vy(r,t,m,f)}let n=r[t],s=e,i=o;for(b.swap(r,e,t),ni(r[o],n)>0&&b.swap(r,e,o);s<i;){for(b.swap(r,s,i),s++,i--;ni(r[s],n)<0;)s=s+1;for(;ni(r[i],n)>0;)i=i-1}ni(r[e],n)===0?b.swap(r,e,i):(i=i+1,b.swap(r,i,o)),i<=t&&(e=i+1),t<=i&&(o=i-1)}}function Iy(r,t,e,o,n){let s=t[t.length-1],[i,a]=[r.length/s,s],p=b.getTypedArrayFromDType(e,i*o),u=b.getTypedArrayFromDType("int32",i*o);for(let l=0;l<i;l++){let m=l*a,f=r.subarray(m,m+a),d=new Array(f.length);f.forEach((T,k)=>d[k]={value:T,index:k}),o<d.length&&(vy(d,o),d=d.slice(0,o)),n&&d.sort(ni);let g=l*o,h=p.subarray(g,g+o),S=u.subarray(g,g+o);for(let T=0;T<o;T++)h[T]=d[T].value,S[T]=d[T].index}let c=t.slice();return c[c.length-1]=o,[pt(c,e,p),pt(c,"int32",u)]}function ky(r,t,e,o){let n=b.parseAxisParam(t,e)[0],s=[1,e[0],1];for(let d=0;d<n;d++)s[0]*=e[d];s[1]=e[n];for(let d=n+1;d<e.length;d++)s[2]*=e[d];let i=new Map,a=new Int32Array(e[n]),p=new Ae(s,o,r),u=[],c=s[0]===1&&s[2]===1;for(let d=0;d<e[n];d++){let g;if(c)g=r[d].toString();else{let S=[];for(let T=0;T<s[0];T++)for(let k=0;k<s[2];k++)S.push(p.get(T,d,k));g=S.join(",")}let h=i.get(g);if(h!=null)a[d]=h;else{let S=i.size;i.set(g,S),a[d]=S,u.push(d)}}let l=s.slice();l[1]=i.size;let m=new Ae(l,o);u.forEach((d,g)=>{for(let h=0;h<s[0];h++)for(let S=0;S<s[2];S++)m.set(p.get(h,d,S),h,g,S)});let f=e.slice();return f[n]=l[1],{outputValues:m.values,outputShape:f,indices:a}}var{addImpl:Ty,castImpl:Ny,ceilImpl:Dy,concatImpl:Ey,equalImpl:$y,expImpl:Ry,expm1Impl:Ay,floorImpl:Fy,floorDivImpl:Py,gatherNdImpl:My,gatherV2Impl:_y,greaterEqualImpl:Gy,greaterImpl:By,lessEqualImpl:zy,lessImpl:Ly,logImpl:Oy,maxImpl:Uy,maximumImpl:Wy,minimumImpl:Vy,multiplyImpl:Hy,negImpl:qy,notEqualImpl:Ky,prodImpl:Xy,rangeImpl:jy,rsqrtImpl:Yy,scatterImpl:Zy,simpleAbsImpl:Qy,sliceImpl:Jy,stridedSliceImpl:tb,stringNGramsImpl:eb,subImpl:rb,tileImpl:ob,topKImpl:nb,transposeImpl:sb,uniqueImpl:rwt}=Zc;var CT=K({opType:_.ABS,cpuKernelImpl:Qy}),ib={kernelName:"Abs",backendName:"webgpu",kernelFunc:CT};var vT=K({opType:_.ACOS}),ab={kernelName:co,backendName:"webgpu",kernelFunc:vT};var IT=K({opType:_.ACOSH}),pb={kernelName:mo,backendName:"webgpu",kernelFunc:IT};var kT=at({opType:q.ADD,cpuKernelImpl:Ty,supportsComplex:!0}),ub={kernelName:"Add",backendName:"webgpu",kernelFunc:kT};var fp=class{constructor(t){this.workPerThread=1,this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=t[0],this.variableNames=t.map((e,o)=>`T${o}`),this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize,[this.workPerThread,1,1]),this.shaderKey="addN"}getUserCode(){let t=[];this.variableNames.forEach(n=>{t.push(`let v${n} = get${n}ByOutputCoords(coords);`)});let e=this.variableNames.map(n=>`v${n}`).join(" + ");return`
      ${A("index")} {
        for (var i = 0; i < ${this.workPerThread}; i = i + 1) {
          let flatIndex = index * ${this.workPerThread} + i;
          if (flatIndex < uniforms.size) {
            let coords = getCoordsFromIndex(flatIndex);
            ${t.join(`
        `)}
            setOutputAtIndex(flatIndex, ${e});
          }
        }
      }
    `}};function TT(r){let{inputs:t,backend:e}=r,o=t;if(o.length===1)return It({inputs:{x:o[0]},backend:e});let n=o.map(a=>a.dtype).reduce((a,p)=>Pt(a,p)),s=o.map(a=>a.shape),i=new fp(s);return e.runWebGPUProgram(i,o,n)}var lb={kernelName:hi,backendName:"webgpu",kernelFunc:TT};var dp=class{constructor(t,e){this.variableNames=["A"],this.workgroupSize=[16,16,1];let o=new Array(t.length);for(let n=0;n<o.length;n++)o[n]=t[e[n]];this.outputShape=o,this.dispatchLayout={x:[0],y:[1]},this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize,[1,1,1]),this.shaderKey="transposeShared"}getUserCode(){b.assert(this.workgroupSize[0]===this.workgroupSize[1],()=>`Must be a square tile, current tile shape is ${this.workgroupSize[0]} x ${this.workgroupSize[1]}`);let t=this.workgroupSize[0];return`
      var<workgroup> tile : array<array<f32, ${this.workgroupSize[0]+1}>, ${this.workgroupSize[0]}>;
      ${A()} {
        var x = i32(workgroupId.x) * ${t} + i32(localId.x);
        var y = i32(workgroupId.y) * ${t} + i32(localId.y);
        let width = uniforms.outShape[0];
        let height = uniforms.outShape[1];
        if (x < width && y < height) {
          tile[localId.y][localId.x] = f32(A[y * width + x]);
        }
        workgroupBarrier();

        x = i32(workgroupId.y) * ${t} + i32(localId.x);
        y = i32(workgroupId.x) * ${t} + i32(localId.y);
        if (x < height && y < width) {
          setOutputAtIndex((y * height + x), tile[localId.x]
            [localId.y]);
        }
      }
    `}};var hp=class{constructor(t,e){this.variableNames=["A"],this.workPerThread=1,this.workgroupSize=[64,1,1],this.size=!0;let o=new Array(t.length);for(let n=0;n<o.length;n++)o[n]=t[e[n]];this.outputShape=o,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize,[this.workPerThread,1,1]),this.newDim=e,this.shaderKey=`transpose_${e}`}getUserCode(){let t=dt(this.outputShape.length),e=Qc(this.newDim);return`
      ${A("index")} {
        for(var i = 0; i < ${this.workPerThread}; i = i + 1) {
          let flatIndex = index * ${this.workPerThread} + i;
          if(flatIndex < uniforms.size) {
            let coords = getCoordsFromIndex(flatIndex);
            setOutputAtIndex(flatIndex, A[getIndexFromCoords${this.outputShape.length}D(
              ${t}(${e}), uniforms.aShape)]);
          }
        }
      }
    `}};function Qc(r){let t=r.length;if(t>6)throw Error(`Transpose for rank ${t} is not yet supported`);let e=new Array(t);for(let o=0;o<r.length;o++)e[r[o]]=`coords.${ye(o)}`;return e.join()}function _t(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{perm:s}=o,i=e,a=n.shape.length,p=new Array(a);for(let c=0;c<p.length;c++)p[c]=n.shape[s[c]];if(e.shouldExecuteOnCPU([n])){let l=i.tensorMap.get(n.dataId).values,m=sb(l,n.shape,n.dtype,s,p);return e.makeTensorInfo(p,n.dtype,m)}if(n.shape.length===2&&b.arraysEqual(s,[1,0])){let c=new dp(n.shape,s);return i.runWebGPUProgram(c,[n],n.dtype)}let u=new hp(n.shape,s);return i.runWebGPUProgram(u,[n],n.dtype)}var cb={kernelName:xr,backendName:"webgpu",kernelFunc:_t};var gp=class{constructor(t,e,o){this.variableNames=["x"],this.uniforms="reduceSize : i32,",this.size=!0,this.inputShape=[t.batchSize,t.inSize];let[n]=E.computeOutAndReduceShapes(this.inputShape,[1]);this.outputShape=n.length===0?[1]:n,t.inSize>=32768&&o>=512?this.workgroupSize=[512,1,1]:t.inSize>=4096?this.workgroupSize=[256,1,1]:this.workgroupSize=[64,1,1],this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,[1,1,1]),this.reduceType=e,this.shaderKey=`reduce_${e}`}getUserCode(){let t="",e="0.0",o=this.workgroupSize[0];this.reduceType==="min"||this.reduceType==="max"?(t=`
         if (isnan(candidate)) {
          bestValue = uniforms.NAN;
         } else if (!isnan(bestValue) && candidate ${this.reduceType==="min"?"<":">"} bestValue)
           {  bestValue = candidate; }`,e="f32(x[offset])"):this.reduceType==="sum"||this.reduceType==="mean"?t=" bestValue = bestValue + candidate; ":this.reduceType==="prod"?(t=" bestValue = bestValue * candidate; ",e="1.0"):this.reduceType==="all"?(t=" bestValue = f32(bestValue >= 1.0 && candidate >= 1.0); ",e="1.0"):this.reduceType==="any"&&(t=" bestValue = f32(bestValue >= 1.0 || candidate >= 1.0); ",e="0.0");let n=this.reduceType==="mean"?"setOutputAtIndex(outputIndex, bestValue / f32(uniforms.reduceSize));":"setOutputAtIndex(outputIndex, bestValue);";return`
       fn DIV_CEIL(a : u32, b : u32) -> u32 {
        return ((a - 1u) / b + 1u);
       }

       ${`
         var<workgroup> xBestValues : array<f32, ${o}>;
       `}
       fn getOffset(outputIndex : i32) -> i32 {
         let outputCoords = getCoordsFromIndex(outputIndex);
         let offset = ${this.outputShape.length===1?"outputCoords":"outputCoords[0]"} * uniforms.reduceSize;
          return offset;
       }
       ${A("index")} {
         let outputIndex = index / ${o};
         let offset = getOffset(outputIndex);
         var bestValue = ${e};
         let Length = uniforms.reduceSize;
         let WorkPerThread = DIV_CEIL(u32(Length), ${o}u);
         for (var k = i32(localId.x); k < Length && outputIndex < uniforms.size;
             k = k + ${o}) {
           let candidate = f32(x[offset + k]);
           ${t}
         }
         xBestValues[localId.x] = bestValue;
         workgroupBarrier();

         var reduceSize = min(u32(Length), ${o}u);
         for (var currentSize = reduceSize / 2u; reduceSize > 1u;
             currentSize = reduceSize / 2u) {
           let interval = DIV_CEIL(reduceSize, 2u);
           if (localId.x < currentSize) {
            let candidate = xBestValues[localId.x + interval];
            ${t}
            xBestValues[localId.x] = bestValue;
           }
           reduceSize = interval;
           workgroupBarrier();
         }

         if (localId.x == 0u && outputIndex < uniforms.size) {
          ${n}
        }
       }
     `}};var NT={mean:"float32",all:"bool",any:"bool"};function re(r,t,e,o,n){let s=r.shape.length,i=[],a=b.parseAxisParam(t,r.shape),p=a,u=E.getAxesPermutation(p,s),c=r;u!=null&&(c=_t({inputs:{x:r},attrs:{perm:u},backend:n}),p=E.getInnerMostAxes(p.length,s),i.push(c)),E.assertAxesAreInnerMostDims(o,p,s);let[l,m]=E.computeOutAndReduceShapes(c.shape,p),f=l;e&&(f=E.expandShapeToKeepDim(l,a));let d;if((o==="max"||o==="prod")&&n.shouldExecuteOnCPU([c])){let g=n.tensorMap.get(c.dataId).values;switch(o){case"max":let h=Uy(g,b.sizeFromShape(m),f,r.dtype);d=n.makeTensorInfo(f,r.dtype,h);break;case"prod":let{outVals:S,outShape:T,outDtype:k}=Xy(c.shape,c.dtype,g,p);d=n.makeTensorInfo(T,k,S);break;default:throw new Error(`${o} CPU implementation is not yet supported.`)}}else{let g=b.sizeFromShape(m),S=b.sizeFromShape(c.shape)/g,T={windowSize:g,inSize:g,batchSize:S,outSize:1},k=NT[o]||nl(r.dtype),v=[{type:"int32",data:[g]}],N=new gp(T,o,n.device.limits.maxComputeWorkgroupSizeX),R=n.runWebGPUProgram(N,[c],k,v);i.push(R),d=O({inputs:{x:R},attrs:{shape:f},backend:n})}return i.forEach(g=>n.disposeData(g.dataId)),d}function DT(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{keepDims:s,axis:i}=o;return re(n,i,s,"all",e)}var mb={kernelName:"All",backendName:"webgpu",kernelFunc:DT};function ET(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{keepDims:s,axis:i}=o;return re(n,i,s,"any",e)}var fb={kernelName:"Any",backendName:"webgpu",kernelFunc:ET};var is=class{constructor(t,e,o){this.workgroupSize=[64,1,1],this.variableNames=["x"],this.uniforms="infinityValue : f32,",this.size=!0;let n=[e];this.op=o==="min"?"<":">";let[s,i]=E.computeOutAndReduceShapes(t,n);this.outputShape=s.length===0?[1]:s,this.dispatchLayout=M(this.outputShape),b.sizeFromShape(i)<32?(this.type="plain",this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize)):(this.type="shared",this.dispatch=F(this.dispatchLayout,this.outputShape,[1,1,1])),this.inputShape=t,this.shaderKey=`argMinMax_${this.op}_${this.type}`}getUserCode(){let t=this.workgroupSize[0],e=()=>this.inputShape.length===1?"uniforms.xShape":`uniforms.xShape.${ye(this.inputShape.length-1)}`,o=()=>{let n="";if(this.outputShape.length===1)this.inputShape.length!==1&&(n+="outputCoords,");else for(let s=0;s<this.outputShape.length;s++)n+=`outputCoords.${ye(s)},`;return n};return this.type==="shared"?`
      fn DIV_CEIL(a : u32, b : u32) -> u32 {
        return ((a - 1u) / b + 1u);
      }

      ${`
      var<workgroup> xBestIndices : array<i32, ${t}>;
      var<workgroup> xBestValues : array<f32, ${t}>;
    `}

      ${A("index")} {
        let outputIndex = index / ${t};
        let reduceLength = ${e()};

        var bestIndex = i32(localId.x);
        var bestValue = uniforms.infinityValue;
        let outputCoords = getCoordsFromIndex(outputIndex);
        for (var k = i32(localId.x); k < reduceLength && outputIndex < uniforms.size;
            k = k + ${t}) {
          let candidate = getX(${o()} k);
          if (!isnan(candidate) && candidate ${this.op} bestValue) {
            bestValue = candidate;
            bestIndex = k;
          }
        }
        xBestValues[localId.x] = bestValue;
        xBestIndices[localId.x] = bestIndex;
        workgroupBarrier();

        var reduceSize = min(u32(reduceLength), ${t}u);
        for (var currentSize = reduceSize / 2u; reduceSize > 1u;
            currentSize = reduceSize / 2u) {
          let interval = DIV_CEIL(reduceSize, 2u);
          if (localId.x < currentSize) {
            let candidate = xBestValues[localId.x + interval];
            if (candidate ${this.op} bestValue) {
              bestValue = candidate;
              xBestValues[localId.x] = bestValue;
              xBestIndices[localId.x] = xBestIndices[localId.x + interval];
            }
          }
          reduceSize = interval;
          workgroupBarrier();
        }

        if (localId.x == 0u && outputIndex < uniforms.size) {
          setOutputAtIndexI32(outputIndex, xBestIndices[localId.x]);
        }
      }
    `:`
      ${A("index")} {
        if (index < uniforms.size) {
          let outputCoords = getCoordsFromIndex(index);
          var bestIndex = 0;
          var bestValue = getX(${o()} 0);
          let reduceLength = ${e()};
          for (var i = 1; i < reduceLength; i++) {
            let candidate = getX(${o()} i);
            if (candidate ${this.op} bestValue) {
              bestValue = candidate;
              bestIndex = i;
            }
          }
          setOutputAtIndexI32(index, bestIndex);
        }
      }
      `}};function $T(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{axis:s}=o,i=b.parseAxisParam(s,n.shape),a=E.getAxesPermutation(i,n.shape.length),p=n,u=[];a!=null&&(p=_t({inputs:{x:n},backend:e,attrs:{perm:a}}),u.push(p),i=E.getInnerMostAxes(i.length,p.shape.length)),E.assertAxesAreInnerMostDims("argMax",[i[0]],p.shape.length);let c=new is(p.shape,i[0],"max"),l=[{type:"float32",data:[Number.NEGATIVE_INFINITY]}],m=e.runWebGPUProgram(c,[p],"int32",l);return u.forEach(f=>e.disposeData(f.dataId)),m}var db={kernelName:fo,backendName:"webgpu",kernelFunc:$T};function RT(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{axis:s}=o,i=b.parseAxisParam(s,n.shape),a=E.getAxesPermutation(i,n.shape.length),p=n,u=[];a!=null&&(p=_t({inputs:{x:n},backend:e,attrs:{perm:a}}),u.push(p),i=E.getInnerMostAxes(i.length,p.shape.length)),E.assertAxesAreInnerMostDims("argMin",[i[0]],p.shape.length);let c=new is(p.shape,i[0],"min"),l=[{type:"float32",data:[Number.POSITIVE_INFINITY]}],m=e.runWebGPUProgram(c,[p],"int32",l);return u.forEach(f=>e.disposeData(f.dataId)),m}var hb={kernelName:ho,backendName:"webgpu",kernelFunc:RT};var AT=K({opType:_.ASIN}),gb={kernelName:go,backendName:"webgpu",kernelFunc:AT};var FT=K({opType:_.ASINH}),xb={kernelName:xo,backendName:"webgpu",kernelFunc:FT};var PT=K({opType:_.ATAN}),yb={kernelName:yo,backendName:"webgpu",kernelFunc:PT};var MT=at({opType:q.ATAN2}),bb={kernelName:wo,backendName:"webgpu",kernelFunc:MT};var _T=K({opType:_.ATANH}),wb={kernelName:bo,backendName:"webgpu",kernelFunc:_T};var xp=class{constructor(t){this.variableNames=["x"],this.uniforms="strides : vec2<i32>,",this.workgroupSize=[256,1,1],this.size=!0,this.outputShape=t.outShape,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.shaderKey="poolWithFilterSizeEqualsOne"}getUserCode(){return`
      ${A("index")} {
        if (index < uniforms.size) {
          let coords = getCoordsFromIndex(index);
          let batch = coords[0];
          let d = coords[3];

          let xRCCorner = coords.yz * uniforms.strides;
          let xRCorner = xRCCorner.x;
          let xCCorner = xRCCorner.y;

          let value = getX(batch, xRCorner, xCCorner, d);
          setOutputAtIndex(index, value);
        }
      }
    `}};var Le=class{constructor(t,e,o=!1,n=!1,s=!1){if(this.variableNames=["x"],this.uniforms="strides : vec2<i32>, pads : vec2<i32>, dilations : vec2<i32>, convDims : vec2<i32>, filterDims : vec2<i32>,",this.workgroupSize=[128,1,1],this.size=!0,e==="avg"&&o)throw new Error("Cannot compute positions for average pool.");this.outputShape=t.outShape,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.poolType=e,this.computePositions=o,this.flattenPositions=n,this.includeBatchIndex=s,this.shaderKey=`pool2D_${e}_${o}_${n}_${s}`}getUserCode(){let t;this.poolType==="avg"?t="resultValue = resultValue + value; count = count + 1.0;":this.computePositions?t=`let currMaxValue = mix(value, maxValue, maxValueFound);
      if (value >= currMaxValue) {
        maxValue = value;
        maxValueFound = 1.0;
        maxPosition = ${this.flattenPositions?this.includeBatchIndex?"((batch * uniforms.xShape[1] + xR) * uniforms.xShape[2] + xC) * uniforms.xShape[3] + d":"(xR * uniforms.xShape[2] + xC) * uniforms.xShape[3] + d":"wR * uniforms.filterDims.y + wC"};
      }`:t="resultValue = max(value, resultValue);";let e="resultValue";return this.poolType==="avg"&&(e="resultValue / max(count, 1.0)"),`
      ${A("index")} {
      if (index < uniforms.size) {
        let coords = getCoordsFromIndex(index);
          let batch = coords[0];
          let d = coords[3];
          let xRCCorner = vec2<i32>(coords.yz) * uniforms.strides - uniforms.pads;
          let xRCorner = xRCCorner.x;
          let xCCorner = xRCCorner.y;

          ${this.computePositions?`var maxValue = 0.0;
            var maxValueFound = 0.0;
            var maxPosition = 0;`:`var resultValue = ${this.poolType==="avg"?"0.0":"-1.0 / pow(10.0, -20.0)"};`}

          var count = 0.0;
          for (var wR = 0; wR < uniforms.filterDims.x; wR = wR + uniforms.dilations.x) {
            let xR = xRCorner + wR;

            if (xR < 0 || xR >= uniforms.convDims.x) {
              continue;
            }

            for (var wC = 0; wC < uniforms.filterDims.y; wC = wC + uniforms.dilations.y) {
              let xC = xCCorner + wC;
              if (xC < 0 || xC >= uniforms.convDims.y) {
                continue;
              }

              let value = getX(batch, xR, xC, d);
              ${t}
            }
          }

          ${this.computePositions?"setOutputAtIndexI32(index, maxPosition);":`setOutputAtIndex(index, ${e});`}
        }
      }
    `}},kr=class{constructor(t,e,o=!1,n=!1,s=!1){if(this.variableNames=["x"],this.uniforms="strides : vec3<i32>, pads : vec3<i32>, convDims : vec3<i32>, filterDims : vec3<i32>,",this.workgroupSize=[128,1,1],this.size=!0,e==="avg"&&o)throw new Error("Cannot compute positions for average pool.");this.outputShape=t.outShape,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.poolType=e,this.computePositions=o,this.flattenPositions=n,this.includeBatchIndex=s,this.shaderKey=`pool3D_${e}_${o}_${n}_${s}`}getUserCode(){let t;this.poolType==="avg"?t="resultValue += value; count += 1.0;":this.computePositions?t=`let currMaxValue = mix(value, maxValue, maxValueFound);
      if (value >= currMaxValue) {
        maxValue = value;
        maxValueFound = 1.0;
        maxPosition = ${this.flattenPositions?this.includeBatchIndex?"(((batch * uniforms.xShape.y + xD) * uniforms.xShape.z + xR) * uniforms.xShape.w + xC) * uniforms.xShape.u + ch":"((xD * uniforms.xShape.z + xR) * uniforms.xShape.w + xC) * uniforms.xShape.u + ch":"wD * uniforms.filterDims.y * uniforms.filterDims.y + wR * uniforms.filterDims.z + wC"};
      }`:t="resultValue = max(value, resultValue);";let e="resultValue";return this.poolType==="avg"&&(e="resultValue / max(count, 1.0)"),`
      ${A("index")} {
        if (index < uniforms.size) {
          let coords = getCoordsFromIndex(index);
          let batch = coords.x;
          let ch = coords.u;

          let xCorner = vec3<i32>(coords.y, coords.z, coords.w) * uniforms.strides - uniforms.pads;
          let xDCorner = xCorner.x;
          let xRCorner = xCorner.y;
          let xCCorner = xCorner.z;

          ${this.computePositions?`var maxValue = 0.0;
            var maxValueFound = 0.0;
            var maxPosition = 0;`:`var resultValue = ${this.poolType==="avg"?"0.0":"-1.0 / pow(10.0, -20.0)"};`}

          var count = 0.0;
          for (var wD = 0; wD < uniforms.filterDims.x; wD++) {
            let xD = xDCorner + wD;
            if (xD < 0 || xD >= uniforms.convDims.x) {
              continue;
            }

            for (var wR = 0; wR < uniforms.filterDims.y; wR++) {
              let xR = xRCorner + wR;
              if (xR < 0 || xR >= uniforms.convDims.y) {
                continue;
              }

              for (var wC = 0; wC < uniforms.filterDims.z; wC++) {
                let xC = xCCorner + wC;
                if (xC < 0 || xC >= uniforms.convDims.z) {
                  continue;
                }

                let value = getX(batch, xD, xR, xC, ch);
                ${t}
              }
            }
          }

          ${this.computePositions?"setOutputAtIndexI32(index, maxPosition);":`setOutputAtIndex(index, ${e});`}
        }
      }
    `}};function Jc(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{reductionIndices:s,keepDims:i}=o;return re(n,s,i,"max",e)}var Sb={kernelName:"Max",backendName:"webgpu",kernelFunc:Jc};function tm(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{keepDims:s,axis:i}=o;return re(n,i,s,"mean",e)}var Cb={kernelName:Ko,backendName:"webgpu",kernelFunc:tm};function yp(r,t,e,o){if(t.filterWidth===1&&t.filterHeight===1&&b.arraysEqual(t.inShape,t.outShape))return It({inputs:{x:r},backend:o});if(t.filterWidth===t.inWidth&&t.filterHeight===t.inHeight&&t.batchSize===1&&t.padInfo.type==="VALID"){let i=r.shape.length,a=O({inputs:{x:r},backend:o,attrs:{shape:[r.shape[i-3]*r.shape[i-2],r.shape[i-1]]}}),p;e==="avg"?p=tm({inputs:{x:a},backend:o,attrs:{axis:0,keepDims:!1}}):(b.assert(e==="max",()=>`Invalid pool type ${e}`),p=Jc({inputs:{x:a},backend:o,attrs:{reductionIndices:0,keepDims:!1}}));let u=O({inputs:{x:p},backend:o,attrs:{shape:t.outShape}});return o.disposeData(a.dataId),o.disposeData(p.dataId),u}let n,s=[{type:"int32",data:[t.strideHeight,t.strideWidth]}];return t.filterHeight===1&&t.filterWidth===1?n=new xp(t):(e==="avg"?n=new Le(t,"avg"):(b.assert(e==="max",()=>`Invalid pool type ${e}`),n=new Le(t,"max")),s.push({type:"int32",data:[t.padInfo.top,t.padInfo.left]},{type:"int32",data:[t.dilationHeight,t.dilationWidth]},{type:"int32",data:[t.inHeight,t.inWidth]},{type:"int32",data:[t.effectiveFilterHeight,t.effectiveFilterWidth]})),o.runWebGPUProgram(n,[r],r.dtype,s)}function GT(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{filterSize:s,strides:i,pad:a,dimRoundingMode:p}=o,c=E.computePool2DInfo(n.shape,s,i,1,a,p);return yp(n,c,"avg",e)}var vb={kernelName:So,backendName:"webgpu",kernelFunc:GT};function BT(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{filterSize:s,strides:i,pad:a,dataFormat:p,dimRoundingMode:u}=o,c=[1,1,1],l=E.computePool3DInfo(n.shape,s,i,c,a,u,p),m=new kr(l,"avg"),f=[{type:"int32",data:[l.strideDepth,l.strideHeight,l.strideWidth]},{type:"int32",data:[l.padInfo.front,l.padInfo.top,l.padInfo.left]},{type:"int32",data:[l.inDepth,l.inHeight,l.inWidth]},{type:"int32",data:[l.effectiveFilterDepth,l.effectiveFilterHeight,l.effectiveFilterWidth]}];return e.runWebGPUProgram(m,[n],n.dtype,f)}var Ib={kernelName:xi,backendName:"webgpu",kernelFunc:BT};var bp=class{constructor(t){this.variableNames=["dy"],this.uniforms=`strides : vec2<i32>, pads : vec2<i32>, dilations : vec2<i32>, filterDims : vec2<i32>,
       outHeight : i32, outWidth : i32, avgMultiplier : f32,`,this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=t.inShape,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.shaderKey="avgPool2DBackprop"}getUserCode(){return`
      ${A("index")} {
      if (index < uniforms.size) {
        let coords = getCoordsFromIndex(index);
        let batch = coords[0];
        let d = coords[3];

        let dyRCCorner = vec2<i32>(coords.yz) - uniforms.pads;
        let dyRCorner = dyRCCorner.x;
        let dyCCorner = dyRCCorner.y;

        // Convolve dy(?, ?, d) with pos mask(:, :, d) to get dx(xR, xC, d).
        // ? = to be determined. : = across all values in that axis.
        var dotProd = 0.0;
        for (var wR = 0; wR < uniforms.filterDims[0]; wR = wR + uniforms.dilations[0]) {
          let dyR = f32(dyRCorner + wR) / f32(uniforms.strides[0]);

          if (dyR < 0.0 || dyR >= f32(uniforms.outHeight) || fract(dyR) > 0.0) {
            continue;
          }
          let idyR = i32(dyR);

          for (var wC = 0; wC < uniforms.filterDims[1]; wC = wC + uniforms.dilations[1]) {
            let dyC = f32(dyCCorner + wC) / f32(uniforms.strides[1]);

            if (dyC < 0.0 || dyC >= f32(uniforms.outWidth) || fract(dyC) > 0.0) {
              continue;
            }
            let idyC = i32(dyC);

            let dyValue = getDy(batch, idyR, idyC, d);

            dotProd = dotProd + dyValue * uniforms.avgMultiplier;
          }
        }
        setOutputAtIndex(index, dotProd);
      }
    }
    `}},wp=class{constructor(t){this.variableNames=["dy"],this.uniforms=`strides : vec3<i32>, pads : vec3<i32>, filterDims : vec3<i32>,
       outDepth : i32, outHeight : i32, outWidth : i32, avgMultiplier : f32,`,this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=t.inShape,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.shaderKey="avgPool3DBackprop"}getUserCode(){return`
      ${A("index")} {
      if (index < uniforms.size) {
        let coords = getCoordsFromIndex(index);
        let batch = coords.x;
        let ch = coords.u;

        let dyCorner = vec3<i32>(coords.y, coords.z, coords.w) - uniforms.pads;
        let dyDCorner = dyCorner.x;
        let dyRCorner = dyCorner.y;
        let dyCCorner = dyCorner.z;

        // Convolve dy(?, ?, ?, d) with pos mask(:, :, :, ch) to get
        // dx(xD, xR, xC, ch).
        // ? = to be determined. : = across all values in that axis.
        var dotProd = 0.0;
        for (var wD = 0; wD < uniforms.filterDims[0]; wD++) {
          let dyD = f32(dyDCorner + wD) / f32(uniforms.strides[0]);

          if (dyD < 0.0 || dyD >= f32(uniforms.outDepth) || fract(dyD) > 0.0) {
            continue;
          }
          let idyD = i32(dyD);

          for (var wR = 0; wR < uniforms.filterDims[1]; wR++) {
            let dyR = f32(dyRCorner + wR) / f32(uniforms.strides[1]);

            if (dyR < 0.0 || dyR >= f32(uniforms.outHeight) || fract(dyR) > 0.0) {
              continue;
            }
            let idyR = i32(dyR);

            for (var wC = 0; wC < uniforms.filterDims[2]; wC++) {
              let dyC = f32(dyCCorner + wC) / f32(uniforms.strides[2]);

              if (dyC < 0.0 || dyC >= f32(uniforms.outWidth) || fract(dyC) > 0.0) {
                continue;
              }
              let idyC = i32(dyC);

              let dyValue = getDy(batch, idyD, idyR, idyC, ch);
              dotProd += dyValue * uniforms.avgMultiplier;
            }
          }
        }
        setOutputAtIndex(index, dotProd);
      }
    }
    `}};function zT(r){let{inputs:t,backend:e,attrs:o}=r,{dy:n,input:s}=t,i=s,{filterSize:a,strides:p,pad:u,dimRoundingMode:c}=o,l=E.computePool3DInfo(i.shape,a,p,1,u,c),m=new wp(l),f=1/(l.filterDepth*l.filterHeight*l.filterWidth),d=[{type:"int32",data:[l.strideDepth,l.strideHeight,l.strideWidth]},{type:"int32",data:[l.effectiveFilterDepth-1-l.padInfo.front,l.effectiveFilterHeight-1-l.padInfo.top,l.effectiveFilterWidth-1-l.padInfo.left]},{type:"int32",data:[l.effectiveFilterDepth,l.effectiveFilterHeight,l.effectiveFilterWidth]},{type:"int32",data:[l.outDepth]},{type:"int32",data:[l.outHeight]},{type:"int32",data:[l.outWidth]},{type:"float32",data:[f]}];return e.runWebGPUProgram(m,[n],i.dtype,d)}var kb={kernelName:yi,backendName:"webgpu",kernelFunc:zT};function LT(r){let{inputs:t,backend:e,attrs:o}=r,{dy:n,input:s}=t,i=s;op([n,s],"avgPoolGrad");let{filterSize:a,strides:p,pad:u}=o,c=E.computePool2DInfo(i.shape,a,p,1,u),l=new bp(c),m=1/(c.filterHeight*c.filterWidth),f=[{type:"int32",data:[c.strideHeight,c.strideWidth]},{type:"int32",data:[c.effectiveFilterHeight-1-c.padInfo.top,c.effectiveFilterWidth-1-c.padInfo.left]},{type:"int32",data:[c.dilationHeight,c.dilationWidth]},{type:"int32",data:[c.effectiveFilterHeight,c.effectiveFilterWidth]},{type:"int32",data:[c.outHeight]},{type:"int32",data:[c.outWidth]},{type:"float32",data:[m]}];return e.runWebGPUProgram(l,[n],i.dtype,f)}var Tb={kernelName:gi,backendName:"webgpu",kernelFunc:LT};function OT(r){let{inputs:t,backend:e,attrs:o}=r,{a:n,b:s}=t,{transposeA:i,transposeB:a}=o;return eo({a:n,b:s,transposeA:i,transposeB:a,backend:e})}var Nb={kernelName:Co,backendName:"webgpu",kernelFunc:OT};var Sp=class{constructor(t,e){this.variableNames=["source"],this.workPerThread=1,this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=e,this.rank=e.length,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize,[this.workPerThread,1,1]),this.start=t,this.uniforms=`start : ${dt(t.length)}, `,this.shaderKey="slice"}getUserCode(){let t=dt(this.rank),e=UT(this.rank),o;return this.start.length===1?o=this.outputShape.map((s,i)=>"sourceLoc = uniforms.start + coords;"):o=this.outputShape.map((s,i)=>`sourceLoc.${em[i]} = uniforms.start.${ye(i)} + coords.${em[i]};`),`
      ${A("index")} {
        if (index < uniforms.size) {
          var sourceLoc : ${t};
          let coords = getCoordsFromIndex(index);
          ${o.join(`
`)}
          setOutputAtIndex(index, getSource(${e}));
        }
      }
    `}},em=["x","y","z","w","u","v"];function UT(r){if(r===1)return"sourceLoc";if(r<=6)return em.slice(0,r).map(t=>`sourceLoc.${t}`).join(",");throw Error(`Slicing for rank ${r} is not yet supported`)}function De(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{begin:s,size:i}=o,[a,p]=ae.parseSliceParams(n,s,i);if(ae.assertParamsValid(n,a,p),e.shouldExecuteOnCPU([n])||n.dtype==="string"){let l=e.tensorMap.get(n.dataId),m=Jy(l.values,a,p,n.shape,n.dtype);return e.makeTensorInfo(p,n.dtype,m)}if(b.sizeFromShape(p)===0)return e.makeTensorInfo(p,n.dtype,[]);let u=new Sp(a,p),c=[{type:"int32",data:a}];return e.runWebGPUProgram(u,[n],n.dtype,c)}var Db={kernelName:Ar,backendName:"webgpu",kernelFunc:De};var WT=r=>{let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{blockShape:s,crops:i}=o;b.assert(n.shape.length<=4,()=>"batchToSpaceND for rank > 4 with a WebGPU backend not implemented yet");let a=s.reduce((T,k)=>T*k),p=E.getReshaped(n.shape,s,a),u=E.getPermuted(p.length,s.length),c=E.getReshapedPermuted(n.shape,s,a),l=E.getSliceBeginCoords(i,s.length),m=E.getSliceSize(c,i,s.length),f=[],d=O({inputs:{x:n},backend:e,attrs:{shape:p}}),g=_t({inputs:{x:d},backend:e,attrs:{perm:u}}),h=O({inputs:{x:g},backend:e,attrs:{shape:c}}),S=De({inputs:{x:h},backend:e,attrs:{begin:l,size:m}});return f.push(d),f.push(g),f.push(h),f.forEach(T=>e.disposeData(T.dataId)),S},Eb={kernelName:vo,backendName:"webgpu",kernelFunc:WT};var VT=`
  fn bincount_write(index: i32, value: f32) {
    ${Jt("&result[index]","value","float32")}
  }
`,HT=`
  fn bincount_write(index: i32, value: f32) {
    atomicStore(&result[index], bitcast<i32>(value));
  }
`,as=class{constructor(t,e,o=!1){this.outputShape=[],this.variableNames=["x"],this.uniforms="binCountSize : i32,",this.workgroupSize=[64,1,1],this.atomic=!0,this.hasWeights=!0,this.binaryOutput=!1,this.outputShape=t,this.rank=t.length,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.binaryOutput=o,o&&(this.atomic=!1),this.hasWeights=e,this.hasWeights&&this.variableNames.push("w"),this.shaderKey=`bincount_${this.hasWeights}_${this.binaryOutput}_${this.rank}`}getUserCode(){return`
    ${this.binaryOutput?HT:VT}
  ${A("index")} {
    ${this.rank===1?`if (index < uniforms.xShape) {
      let indexVal = i32(getX(index));
      if (indexVal < uniforms.binCountSize) {
        let value = ${this.binaryOutput?1:this.hasWeights?"getW(index)":"1."};
        bincount_write(indexVal, value);
      }
    }`:`let coord = getCoordsFromIndex(index);
    if (coordsInBounds2D(coord, uniforms.xShape)) {
      let indexVal = i32(getX(coord[0], coord[1]));
      if (indexVal < uniforms.binCountSize) {
        let value = ${this.binaryOutput?1:this.hasWeights?"getW(coord[0], coord[1])":"1."};
        bincount_write(coord.x * uniforms.binCountSize + indexVal, value);
      }
    }`}
  }
  `}};function qT(r){let{inputs:t,backend:e,attrs:o}=r,{x:n,weights:s}=t,{size:i}=o,a=b.sizeFromShape(n.shape),u=b.sizeFromShape(s.shape)>0,c=[i],l=s.dtype,m=wt({backend:e,attrs:{shape:c,value:0,dtype:l}}),f=new as([a],u),d=[{type:"int32",data:[i]}],g=u?[n,s]:[n];return e.runWebGPUProgram(f,g,l,d,m)}var $b={kernelName:bi,backendName:"webgpu",kernelFunc:qT};var Cp=class{constructor(t){this.outputShape=[],this.variableNames=["s0","s1"],this.uniforms="s0Size : i32, s1Size : i32, ",this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=[t],this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.shaderKey="broadcastArgs"}getUserCode(){return`
  ${A("index")} {
    if (index < uniforms.size) {
      var s0 = 1.0;
      var s1 = 1.0;
      let indexS0 = index - uniforms.size + uniforms.s0Size;
      let indexS1 = index - uniforms.size + uniforms.s1Size;
      if (indexS0 >= 0) {
        s0 = getS0(indexS0);
      }
      if (indexS1 >= 0) {
        s1 = getS1(indexS1);
      }

      if (s0 == 1.0) {
        setOutputAtIndex(index, s1);
      } else if (s1 == 1.0) {
        setOutputAtIndex(index, s0);
      } else if (s0 != s1) {
        setOutputAtIndex(index, uniforms.NAN);
      } else {
        setOutputAtIndex(index, s0);
      }
    }
  }
  `}};function KT(r){let{inputs:t,backend:e}=r,{s0:o,s1:n}=t;if(e.shouldExecuteOnCPU([o,n])){let c=e.tensorMap.get(o.dataId),l=e.tensorMap.get(n.dataId),m=c.values,f=l.values,d=E.assertAndGetBroadcastShape(Array.from(m),Array.from(f));return e.makeTensorInfo([d.length],"int32",Int32Array.from(d))}let s=b.sizeFromShape(o.shape),i=b.sizeFromShape(n.shape),a=Math.max(s,i),p=new Cp(a),u=[{type:"int32",data:[s]},{type:"int32",data:[i]}];return e.runWebGPUProgram(p,[o,n],"int32",u)}var Rb={kernelName:Nm,backendName:"webgpu",kernelFunc:KT};var rm=at({opType:q.NOT_EQUAL,dtype:"bool",cpuKernelImpl:Ky}),Ab={kernelName:jo,backendName:"webgpu",kernelFunc:rm};function er(r){let{inputs:t,backend:e}=r,{input:o}=t,n=e.tensorMap.get(o.dataId);return It({inputs:{x:n.complexTensorInfos.real},backend:e})}var Fb={kernelName:Cs,backendName:"webgpu",kernelFunc:er};function Pb(r,t){let e=new ee(r.shape,_.TO_INT),o=t.runWebGPUProgram(e,[r],"int32");return{dataId:o.dataId,shape:o.shape,dtype:o.dtype}}function om(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{dtype:s}=o;if(s==="complex64"){if(n.dtype==="complex64")return It({inputs:{x:n},backend:e});let i=ke(n.shape),a=om({inputs:{x:n},backend:e,attrs:{dtype:"float32"}}),p=ue({inputs:{real:a,imag:i},backend:e});return i.dispose(),e.disposeData(a.dataId),p}if(n.dtype==="complex64"){let i=er({inputs:{input:n},backend:e}),a=om({inputs:{x:i},backend:e,attrs:{dtype:s}});return e.disposeData(i.dataId),a}if(!b.hasEncodingLoss(n.dtype,s)){let i=It({inputs:{x:n},backend:e});return{dataId:i.dataId,shape:i.shape,dtype:s}}if(e.shouldExecuteOnCPU([n])){let i=e.tensorMap.get(n.dataId).values,[a,p,u]=Ny(i,n.shape,n.dtype,s);return e.makeTensorInfo(a,p,u)}if(s==="int32")return Pb(n,e);if(s==="bool"){let i=e.makeTensorInfo([],"bool",b.getTypedArrayFromDType("bool",1)),p=rm({inputs:{a:n,b:i},backend:e});return e.disposeData(i.dataId),p}throw new Error(`Error in Cast: failed to cast ${n.dtype} to ${s}`)}var Mb={kernelName:We,backendName:"webgpu",kernelFunc:om};var XT=K({opType:_.CEIL,cpuKernelImpl:Dy}),_b={kernelName:nr,backendName:"webgpu",kernelFunc:XT};var vp=class{constructor(t){this.variableNames=["A"],this.uniforms="minVal : f32, maxVal : f32,",this.workPerThread=4,this.workgroupSize=[64,1,1],this.outputComponent=4,this.size=!0,this.outputShape=t,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize,[this.workPerThread,1,1]),this.shaderKey="clipVec4"}getUserCode(){return`
      ${A("index")} {
        if(index < uniforms.size) {
          let value = getAByOutputIndex(index);
          var clampedValue = clamp(
              value, vec4<f32>(uniforms.minVal), vec4<f32>(uniforms.maxVal));
          clampedValue = select(clampedValue, value, isnanVec4(value));
          setOutputAtIndex(index, clampedValue);
        }
      }
    `}};var Ip=class{constructor(t){this.variableNames=["A"],this.uniforms="minVal : f32, maxVal : f32,",this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=t,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.shaderKey="clip"}getUserCode(){return`
      ${A("index")} {
        if(index < uniforms.size) {
          let value = getAByOutputIndex(index);
          if (isnan(value)) {
            setOutputAtIndex(index, value);
            return;
          }
          setOutputAtIndex(index, clamp(value, uniforms.minVal, uniforms.maxVal));
        }
      }
    `}};function jT(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{clipValueMin:s,clipValueMax:i}=o,a,p=[{type:"float32",data:[s]},{type:"float32",data:[i]}];return b.sizeFromShape(n.shape)%4===0?a=new vp(n.shape):a=new Ip(n.shape),e.runWebGPUProgram(a,[n],n.dtype,p)}var Gb={kernelName:Io,backendName:"webgpu",kernelFunc:jT};var kp=class{constructor(t){this.outputShape=[],this.variableNames=["real","imag"],this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=t,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.shaderKey="complexAbs"}getUserCode(){return`
    ${A("index")} {
      if (index < uniforms.size) {
        let re = abs(getRealByOutputIndex(index));
        let im = abs(getImagByOutputIndex(index));
        let mx = max(re, im);

        // The length function in wgsl may be not underflow-safe on some GPUs.
        // So the safe solution is to ensure underflow-safety in all cases.
        setOutputAtIndex(index, select(mx * length(vec2<f32>(1, min(re, im)/mx)), 0.0, mx == 0.0));
      }
    }
  `}};function Bb(r,t){return{dataId:t.dataId,dtype:t.dtype,shape:r.shape}}function YT(r){let{inputs:t,backend:e}=r,{x:o}=t,n=e.tensorMap.get(o.dataId),s=new kp(o.shape),i=[Bb(o,n.complexTensorInfos.real),Bb(o,n.complexTensorInfos.imag)];return e.runWebGPUProgram(s,i,i[0].dtype)}var zb={kernelName:ko,backendName:"webgpu",kernelFunc:YT};var Tp=class{constructor(t){this.uniforms="",this.workPerThread=1,this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=E.computeOutShape(t,1),this.variableNames=t.map((e,o)=>`T${o}`),this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize,[this.workPerThread,1,1]),this.offsetLength=t.length-1;for(let e=0;e<this.offsetLength;e++)this.uniforms+=`offset${e} : i32,`;this.shaderKey="concat"}getUserCode(){let t=[];if(this.offsetLength>0){t.push("if (yC < uniforms.offset0){ setOutputAtCoords(coords.x, coords.y, getT0(yR, yC)); }");for(let s=1;s<this.offsetLength;s++)t.push(`else if (yC < uniforms.offset${[s]}){ setOutputAtCoords(coords.x, coords.y, getT${s}(yR, yC - uniforms.offset${s-1})); }`);let o=this.offsetLength,n=this.offsetLength-1;t.push(`else { setOutputAtCoords(coords.x, coords.y, getT${o}(yR, yC - uniforms.offset${n})); }`)}else t.push("setOutputAtCoords(coords.x, coords.y, getT0(yR, yC));");return`
      ${A("index")} {
        for(var i = 0; i < ${this.workPerThread}; i = i + 1) {
          let flatIndex = index * ${this.workPerThread} + i;
          if(flatIndex < uniforms.size) {
            let coords = getCoordsFromIndex(flatIndex);
            let yR = coords.x;
            let yC = coords.y;

            ${t.join(`
        `)}
          }
        }
      }
    `}};function ro(r){let{inputs:t,backend:e}=r,{input:o}=t,n=e.tensorMap.get(o.dataId);return It({inputs:{x:n.complexTensorInfos.imag},backend:e})}var Lb={kernelName:_i,backendName:"webgpu",kernelFunc:ro};function ps(r,t,e){let o=r[0].dtype;if(o==="complex64"){let d=r.map(k=>er({inputs:{input:k},backend:e})),g=r.map(k=>ro({inputs:{input:k},backend:e})),h=ps(d,t,e),S=ps(g,t,e),T=ue({inputs:{real:h,imag:S},backend:e});return d.forEach(k=>e.disposeData(k.dataId)),g.forEach(k=>e.disposeData(k.dataId)),e.disposeData(h.dataId),e.disposeData(S.dataId),T}let n=e.shouldExecuteOnCPU(r);if(o==="string"&&(n=!0),n){let d=r.map(N=>{let P=[-1,b.sizeFromShape(N.shape.slice(t))];return O({inputs:{x:N},backend:e,attrs:{shape:P}})}),g=d.map(N=>({vals:e.readSync(N.dataId),shape:N.shape})),h=E.computeOutShape(d.map(N=>N.shape),1),S=d[0].shape[0]===1,T=Ey(g,h,o,S),k=E.computeOutShape(r.map(N=>N.shape),t),v=e.makeTensorInfo(k,o,T);return d.forEach(N=>e.disposeData(N.dataId)),v}let s=e.device.limits.maxStorageBuffersPerShaderStage-1;if(r.length>s){let d=[];for(let h=0;h<r.length;h+=s){let S=r.slice(h,h+s);d.push(ps(S,t,e))}let g=ps(d,t,e);for(let h of d)e.disposeData(h.dataId);return g}let{tensors2D:i,outShape:a}=ZT(r,t,e),p=i.map(d=>d.shape),u=new Tp(p),c=[],l=new Array(p.length-1);if(l.length>0){l[0]=p[0][1],c.push({type:"int32",data:[l[0]]});for(let d=1;d<l.length;d++)l[d]=l[d-1]+p[d][1],c.push({type:"int32",data:[l[d]]})}let m=e.runWebGPUProgram(u,i,i[0].dtype,c);i.forEach(d=>e.disposeData(d.dataId));let f=O({inputs:{x:m},backend:e,attrs:{shape:a}});return e.disposeData(m.dataId),f}function ZT(r,t,e){let o=E.computeOutShape(r.map(s=>s.shape),t);return{tensors2D:r.map(s=>O({inputs:{x:s},backend:e,attrs:{shape:[b.sizeFromShape(s.shape.slice(0,t)),b.sizeFromShape(s.shape.slice(t))]}})),outShape:o}}function nm(r){let{inputs:t,backend:e,attrs:o}=r,{axis:n}=o,s=b.parseAxisParam(n,t[0].shape)[0],i=t.map(u=>u.shape);E.assertParamsConsistent(i,s);let a=E.computeOutShape(t.map(u=>u.shape),s);if(b.sizeFromShape(a)===0)return e.makeTensorInfo(a,t[0].dtype,[]);let p=t.filter(u=>b.sizeFromShape(u.shape)>0);return p.length===1?It({inputs:{x:p[0]},backend:e}):ps(p,s,e)}var Ob={kernelName:To,backendName:"webgpu",kernelFunc:nm};function QT(r,t,e,o,n=!1,s=null,i=!1,a=4,p=4,u=4){let c=B=>{switch(B){case 1:return"resData = f32(x[xIndex]);";case 3:return"resData = vec3<f32>(x[xIndex], x[xIndex + 1], x[xIndex + 2]);";case 4:return"resData = vec4<f32>(x[xIndex / 4]);";default:throw new Error(`innerElementSize ${B} is not supported.`)}},l=B=>{switch(B){case 1:return"return f32(W[row * uniforms.wShape[3] + col]);";case 4:return"return vec4<f32>(W[(row * uniforms.wShape[3] + col) / 4]);";default:throw new Error(`innerElementSize ${B} is not supported.`)}},m=r?`
      let coord = vec4<i32>(batch, xRow, xCol, xCh);
      `:`
      let coord = vec4<i32>(batch, xCh, xRow, xCol);
      `,f=r?`
      let coords = vec4<i32>(
        batch,
        row / outWidth,
        row % outWidth,
        col);
      `:`
      let coords = vec4<i32>(
        batch,
        row,
        col / outWidth,
        col % outWidth);
      `,d=r?"uniforms.xShape[1]":"uniforms.xShape[2]",g=r?"uniforms.xShape[2]":"uniforms.xShape[3]",h=r?"row":"col",S=r?"col":"row",T=`
      let inChannels = uniforms.wShape[2];
      let outWidth = ${r?"uniforms.outShape[2]":"uniforms.outShape[3]"};
      let outRow = ${h} / outWidth;
      let outCol = ${h} % outWidth;

      let WRow = ${S} / (uniforms.filterDims[1] * inChannels);
      let WCol = ${S} / inChannels % uniforms.filterDims[1];
      let xRow = outRow * uniforms.strides[0] + uniforms.dilations[0] * WRow - uniforms.pads[0];
      let xCol = outCol * uniforms.strides[1] + uniforms.dilations[1] * WCol - uniforms.pads[1];
      let xCh = ${S} % inChannels;
      var resData = ${rt(a)}(0.0);
      // The bounds checking is always needed since we use it to pad zero for
      // the 'same' padding type.
      if (xRow >= 0 && xRow < ${d} && xCol >= 0 && xCol < ${g}) {
        ${m}
        let xIndex = getIndexFromCoords4D(coord, uniforms.xShape);
        ${c(a)}
      }
      return resData;`,k=r?t&&o?`
      ${T}`:`
      if (row < uniforms.dimAOuter && col < uniforms.dimInner) {
        ${T}
      }
      return ${rt(a)}(0.0);`:o&&e?`
      ${T}`:`
      if (row < uniforms.dimInner && col < uniforms.dimBOuter) {
        ${T}
      }
      return ${rt(a)}(0.0);`,v=`${l(p)}`,N=rt(u),R=r?rt(a):rt(p),P=r?rt(p):rt(a);return`
      ${At(s,i,u===4,4)}
      fn mm_readA(batch: i32, row : i32, col : i32) -> ${R} {
        ${r?k:v}
      }

      fn mm_readB(batch: i32, row : i32, col : i32) -> ${P} {
        ${r?v:k}
      }

      fn mm_write(batch: i32, row : i32, col : i32, valueIn : ${N}) {
        if (row < uniforms.dimAOuter && col < uniforms.dimBOuter)
        {
        var value = valueIn;
        let outWidth = ${r?"uniforms.outShape[2]":"uniforms.outShape[3]"};
        ${f}
        ${te(n,s)}
        setOutputAtCoords(coords[0], coords[1], coords[2], coords[3], value);
        }
      }`}var Np=class{constructor(t,e,o,n,s=!1,i=null,a=!1,p=!1){this.variableNames=["x","W"],this.uniforms="filterDims : vec2<i32>, pads : vec2<i32>, strides : vec2<i32>, dilations : vec2<i32>, dimAOuter : i32, dimBOuter : i32, dimInner : i32,",this.outputShape=t.outShape,this.isChannelsLast=t.dataFormat==="channelsLast",this.isVec4=((t.inChannels%4===0||t.inChannels%3===0)&&this.isChannelsLast||t.outWidth%4===0&&!this.isChannelsLast)&&t.outChannels%4===0,this.dispatchLayout=this.isChannelsLast?{x:[3],y:[1,2],z:[0]}:{x:[2,3],y:[1],z:[0]},this.workgroupSize=tp(this.dispatchLayout,this.outputShape,this.isVec4),this.elementsPerThread=ep(this.dispatchLayout,this.outputShape,this.isVec4),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize,this.elementsPerThread),this.isVec4?(this.outputComponent=4,this.isChannelsLast&&t.inChannels%4!==0?(this.innerElementSize=3,this.variableComponents=[1,4]):(this.innerElementSize=4,this.variableComponents=[4,4]),s&&(this.variableNames.push("bias"),this.variableComponents.push(4)),a&&(this.variableNames.push("preluActivationWeights"),this.variableComponents.push(4))):(this.innerElementSize=this.elementsPerThread[0],s&&this.variableNames.push("bias"),a&&this.variableNames.push("preluActivationWeights")),this.sequentialAccessByThreads=p,this.addBias=s,this.activation=i,this.hasPreluActivationWeights=a,this.tileAOuter=this.workgroupSize[1]*this.elementsPerThread[1],this.tileBOuter=this.workgroupSize[0]*this.elementsPerThread[0],this.tileInner=Math.max(this.workgroupSize[0]*this.innerElementSize,this.workgroupSize[1]),this.fitAOuter=e%this.tileAOuter===0,this.fitBOuter=o%this.tileBOuter===0,this.fitInner=n%this.tileInner===0,this.shaderKey=`conv2DMM_${this.elementsPerThread}_${this.activation}}_${this.fitAOuter}_${this.fitBOuter}_${this.fitInner}_${this.isVec4}_${this.innerElementSize}_${this.isChannelsLast}_${this.sequentialAccessByThreads}`}getUserCode(){let t=this.isVec4?Jr(this.elementsPerThread,this.workgroupSize,!this.isChannelsLast,this.tileInner):to(this.elementsPerThread,this.workgroupSize,!this.isChannelsLast,this.tileInner,!1,null,this.sequentialAccessByThreads),e=this.isVec4?[this.innerElementSize,4,4]:[1,1,1];return`
    ${QT(this.isChannelsLast,this.fitAOuter,this.fitBOuter,this.fitInner,this.addBias,this.activation,this.hasPreluActivationWeights,e[0],e[1],e[2])}
    ${t}
  `}};var Dp=class{constructor(t,e=!1,o=null,n=!1){this.variableNames=["x","W"],this.uniforms="filterDims: vec2<i32>, pads: vec2<i32>, strides: vec2<i32>, dilations: vec2<i32>,",this.workgroupSize=[4,4,8],this.outputShape=t.outShape,this.isChannelsLast=t.dataFormat==="channelsLast",this.dispatchLayout=this.isChannelsLast?{x:[2],y:[1],z:[0,3]}:{x:[3],y:[2],z:[0,1]},this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.addBias=e,this.activation=o,this.hasPreluActivationWeights=n,e&&this.variableNames.push("bias"),n&&this.variableNames.push("preluActivationWeights"),this.shaderKey=`conv2dnaive_${this.activation}_${this.isChannelsLast}`}getUserCode(){return`
       ${At(this.activation,this.hasPreluActivationWeights,!1,4)}
       fn readInp(batch : i32, row : i32, col : i32, chan : i32) -> f32{
         let coords = vec4<i32>(batch, row, col, chan);
         if (coordsInBounds4D(coords, uniforms.xShape)) {
           return  getX(batch, row, col, chan);
         } else {
          return 0.0;
         }
       }
       fn readFilt(row : i32, col : i32, xChannel : i32, outChannel : i32) -> f32{
         let coords = vec4<i32>(row, col, xChannel, outChannel);
         if(coordsInBounds4D(coords, uniforms.wShape)) {
           return getW(row, col, xChannel, outChannel);
          } else {
            return 0.0;
          }
       }
       fn writeResult(batch : i32, row : i32, col : i32, chan : i32, valueIn : f32) {
         let coords = ${this.isChannelsLast?"vec4<i32>(batch, row, col, chan);":"vec4<i32>(batch, chan, row, col);"}
         if (coordsInBounds4D(coords, uniforms.outShape)) {
           var value = valueIn;
           ${te(this.addBias,this.activation)}
           setOutputAtCoords(coords.x, coords.y, coords.z, coords.w, value);
         }
       }
       ${A("index")} {
         let coords = getOutputCoords();
         let batch = coords[0];
         let outChannel = ${this.isChannelsLast?"coords[3];":"coords[1];"}
         let outRow = ${this.isChannelsLast?"coords[1];":"coords[2];"}
         let outCol = ${this.isChannelsLast?"coords[2];":"coords[3];"}
         var acc : f32 = 0.0;
         for (var row = 0; row < uniforms.filterDims[0]; row = row + 1) {
           for (var col = 0; col < uniforms.filterDims[1]; col = col + 1) {
             let xRow = outRow * uniforms.strides[0] + uniforms.dilations[0] * row - uniforms.pads[0];
             let xCol = outCol * uniforms.strides[1] + uniforms.dilations[1] * col - uniforms.pads[1];
             for (var xChannel = 0; xChannel < ${this.isChannelsLast?"uniforms.xShape[3];":"uniforms.xShape[1];"} xChannel = xChannel + 1) {
               ${this.isChannelsLast?"let v = readInp(batch, xRow, xCol, xChannel);":"let v = readInp(batch, xChannel, xRow, xCol);"}
               let f = readFilt(row, col, xChannel, outChannel);
               acc = acc + v * f;
             }
           }
         }
         writeResult(batch, outRow, outCol, outChannel, acc);
       }
     `}};var Ep=class{constructor(t,e){this.variableNames=["x"],this.uniforms=`pads : vec2<i32>, strides : vec2<i32>, dilations : vec2<i32>, outWidth : i32, itemsPerBlockRow : i32,
       inChannels : i32,`,this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=t,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.isChannelsLast=e,this.shaderKey=`im2col_${this.isChannelsLast}`}getUserCode(){let t=this.isChannelsLast?1:2,e=this.isChannelsLast?2:3,o=this.isChannelsLast?"coords[1]":"coords[2]",n=this.isChannelsLast?"coords[2]":"coords[1]",s=this.isChannelsLast?"getX(batch, xRow, xCol, ch)":"getX(batch, ch, xRow, xCol)";return`
    ${A("index")} {
      let coords = getCoordsFromIndex(index);
      if(index < uniforms.size) {
        let batch = coords[0];
        let row = ${o};
        let col = ${n};
        let offsetY = (row / uniforms.outWidth) * uniforms.strides[0] - uniforms.pads[0];
        let xRow = offsetY + uniforms.dilations[0] * (col / uniforms.itemsPerBlockRow);
        var value = 0.0;
        if(xRow < uniforms.xShape[${t}] && xRow >= 0) {
          let offsetX = (row % uniforms.outWidth) * uniforms.strides[1] -
              uniforms.pads[1];
          let xCol = offsetX + uniforms.dilations[1] * ((col %
              uniforms.itemsPerBlockRow) / uniforms.inChannels);
          let ch = col % uniforms.inChannels;
          if(xCol < uniforms.xShape[${e}] && xCol >= 0) {
            value = ${s};
          }
        }
        setOutputAtIndex(index, value);
      }
    }
   `}};function $p(r,t){let e=r.length;return e>=3?t?[...r.slice(0,-3),r[e-3]*r[e-2],r[e-1]]:[...r.slice(0,-3),r[e-3],r[e-2]*r[e-1]]:!t&&e===1&&r[0]>1?[r[0],1]:null}function JT({x:r,filter:t,convInfo:e,backend:o,bias:n=null,preluActivationWeights:s=null,leakyreluAlpha:i=0,activation:a=null}){let p=e.dataFormat==="channelsLast",u=!p,c=!1,l=p&&e.filterHeight===e.inHeight&&e.filterWidth===e.inWidth&&e.padInfo.type==="VALID",m=[],f,d;if(l){let S=e.inHeight*e.inWidth*e.inChannels;f=O({inputs:{x:r},backend:o,attrs:{shape:[1,e.batchSize,S]}}),d=O({inputs:{x:t},backend:o,attrs:{shape:[1,S,e.outChannels]}})}else f=O({inputs:{x:r},backend:o,attrs:{shape:p?[e.batchSize,e.inHeight*e.inWidth,e.inChannels]:[e.batchSize,e.inChannels,e.inHeight*e.inWidth]}}),d=O({inputs:{x:t},backend:o,attrs:{shape:[1,e.inChannels,e.outChannels]}});if(m.push(f),m.push(d),s!=null){let S=$p(s.shape,p);S!=null&&(s=O({inputs:{x:s},backend:o,attrs:{shape:S}}),m.push(s))}if(n!=null){let S=$p(n.shape,p);S!=null&&(n=O({inputs:{x:n},backend:o,attrs:{shape:S}}),m.push(n))}let g=eo({a:p?f:d,b:p?d:f,transposeA:u,transposeB:c,backend:o,bias:n,activation:a,preluActivationWeights:s,leakyreluAlpha:i}),h=O({inputs:{x:g},backend:o,attrs:{shape:e.outShape}});m.push(g);for(let S of m)o.disposeData(S.dataId);return h}function tN({x:r,filter:t,convInfo:e,backend:o,bias:n=null,preluActivationWeights:s=null,leakyreluAlpha:i=0,activation:a=null}){let{filterWidth:p,filterHeight:u,inChannels:c,strideWidth:l,strideHeight:m,padInfo:f,outWidth:d,outHeight:g,dilationWidth:h,dilationHeight:S,dataFormat:T}=e,k=T==="channelsLast",v=p*u*c,N=g*d,R=k?[e.batchSize,N,v]:[e.batchSize,v,N],P=new Ep(R,k),G=[{type:"int32",data:[f.top,f.left]},{type:"int32",data:[m,l]},{type:"int32",data:[S,h]},{type:"int32",data:[d]},{type:"int32",data:[c*p]},{type:"int32",data:[c]}],B=o.runWebGPUProgram(P,[r],r.dtype,G),L=[];L.push(B);let U=O({inputs:{x:t},backend:o,attrs:{shape:[1,v,-1]}});if(L.push(U),s!=null){let gt=$p(s.shape,k);gt!=null&&(s=O({inputs:{x:s},backend:o,attrs:{shape:gt}}),L.push(s))}if(n!=null){let gt=$p(n.shape,k);gt!=null&&(n=O({inputs:{x:n},backend:o,attrs:{shape:gt}}),L.push(n))}let ot=eo({a:k?B:U,b:k?U:B,transposeA:!k,transposeB:!1,backend:o,bias:n,activation:a,preluActivationWeights:s,leakyreluAlpha:i}),it=O({inputs:{x:ot},backend:o,attrs:{shape:e.outShape}});L.push(ot);for(let gt of L)o.disposeData(gt.dataId);return it}function Rp({x:r,filter:t,convInfo:e,backend:o,bias:n=null,preluActivationWeights:s=null,leakyreluAlpha:i=0,activation:a=null}){let p=n!=null,u=s!=null,c=e.dataFormat==="channelsLast",l=c&&e.filterHeight===e.inHeight&&e.filterWidth===e.inWidth&&e.padInfo.type==="VALID",m=W().getBool("WEBGPU_USE_NAIVE_CONV2D_DEBUG");if(!m&&(l||e.filterHeight===1&&e.filterWidth===1&&e.dilationHeight===1&&e.dilationWidth===1&&e.strideHeight===1&&e.strideWidth===1&&(e.padInfo.type==="SAME"||e.padInfo.type==="VALID")))return JT({x:r,filter:t,convInfo:e,backend:o,bias:n,activation:a,preluActivationWeights:s,leakyreluAlpha:i});let f=W().getNumber("WEBGPU_THRESHOLD_TO_INCREASE_WORKGROUPS_FOR_MATMUL"),d=f>-1?f:o.thresholdToIncreaseWorkgroups,g=e.batchSize*Math.ceil(e.outHeight*e.outWidth/32)*Math.ceil(e.outChannels/32);if(W().getBool("WEBGPU_CONV_SEPARATE_IM2COL_SHADER")||g<=d)return tN({x:r,filter:t,convInfo:e,backend:o,bias:n,preluActivationWeights:s,leakyreluAlpha:i,activation:a});let h,S=[e.padInfo.top,e.padInfo.left],T=[{type:"int32",data:[e.filterHeight,e.filterWidth]},{type:"int32",data:[...S]},{type:"int32",data:[e.strideHeight,e.strideWidth]},{type:"int32",data:[e.dilationHeight,e.dilationWidth]}];if(m)h=new Dp(e,p,a,u);else{let R=c?e.outHeight*e.outWidth:e.outChannels,P=c?e.outChannels:e.outHeight*e.outWidth,G=e.filterHeight*e.filterWidth*e.inChannels;T.push({type:"int32",data:[R]},{type:"int32",data:[P]},{type:"int32",data:[G]});let B=o.adapterInfo.isIntel();h=new Np(e,R,P,G,p,a,u,B)}let k=[],v=[r,t];p&&(!c&&n.shape.length===1&&(n=O({inputs:{x:n},backend:o,attrs:{shape:[n.shape[0],1,1]}}),k.push(n)),v.push(n)),u&&(!c&&s.shape.length===1&&(s=O({inputs:{x:s},backend:o,attrs:{shape:[s.shape[0],1,1]}}),k.push(s)),v.push(s)),a==="leakyrelu"&&(T.push({type:"float32",data:[i]}),h.uniforms+=" alpha : f32,");let N=o.runWebGPUProgram(h,v,r.dtype,T);for(let R of k)o.disposeData(R.dataId);return N}function eN(r){let{inputs:t,attrs:e,backend:o}=r,{x:n,filter:s}=t,{strides:i,pad:a,dataFormat:p,dilations:u,dimRoundingMode:c}=e,l=E.convertConv2DDataFormat(p),m=E.computeConv2DInfo(n.shape,s.shape,i,u,a,c,!1,l);return Rp({x:n,filter:s,convInfo:m,backend:o})}var Ub={kernelName:No,backendName:"webgpu",kernelFunc:eN};var Ap=class{constructor(t){this.variableNames=["dy","W"],this.uniforms="filterDims : vec2<i32>, pads : vec2<i32>, strides : vec2<i32>, outBackprop : vec4<i32>,",this.workgroupSize=[64,1,1],this.size=!1,this.isVec4=!1,this.workPerThread=1,this.outputShape=t.inShape,this.isChannelsLast=t.dataFormat==="channelsLast",this.isVec4=this.isChannelsLast&&t.outChannels%4===0&&t.inChannels%4===0,this.isVec4?(this.workPerThread=2,this.outputComponent=4,this.workgroupSize=[4,4,4],this.dispatchLayout={x:[3],y:[2],z:[0,1]},this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize,[4,this.workPerThread,1])):(this.size=!0,this.workPerThread=1,this.workgroupSize=[64,1,1],this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize)),this.shaderKey=`conv2DDerInput_${this.isChannelsLast}_${this.isVec4}_${this.workPerThread}`}getUserCode(){let t=this.isChannelsLast?1:2,e=this.isChannelsLast?2:3,o=this.isChannelsLast?3:1,n=`
    ${A()} {
      let batch = i32(globalId.z) / uniforms.outShape[1];
      let r = i32(globalId.z) % uniforms.outShape[1];
      let c = i32(globalId.y) * ${this.workPerThread};
      let d1 = i32(globalId.x) * 4;

      let dyCorner = vec2<i32>(r, c) - uniforms.pads;

      // Convolve dy(?, ?, d2) with w(:, :, d1, d2) to compute dx(xR, xC, d1).
      // ? = to be determined. : = across all values in that axis.
      var dotProd: array<vec4<f32>, ${this.workPerThread}>;
      for (var i = 0; i < ${this.workPerThread}; i++) {
        dotProd[i] = vec4<f32>(0.0);
      }
      for (var wR = 0; wR < uniforms.filterDims.x; wR = wR + 1) {
        let dyR = f32(dyCorner.x + wR) / f32(uniforms.strides.x);
        let wRPerm = uniforms.filterDims.x - 1 - wR;
        if (dyR < 0.0 || dyR >= f32(uniforms.outBackprop[1]) ||
            fract(dyR) > 0.0) {
          continue;
        }
        let idyR = i32(dyR);

        for (var wC = 0; wC < uniforms.filterDims.y; wC = wC + 1) {
          let dyC = f32(dyCorner.y + wC) / f32(uniforms.strides.y);
          let dyC2 = f32(dyCorner.y + 1 + wC) / f32(uniforms.strides.y);
          let wCPerm = uniforms.filterDims.y - 1 - wC;
          var bDyCVal = true;
          var bDyCVal2 = true;
          if (dyC < 0.0 || dyC >= f32(uniforms.outBackprop[2]) ||
              fract(dyC) > 0.0) {
            bDyCVal = false;
          }
          if (dyC2 < 0.0 || dyC2 >= f32(uniforms.outBackprop[2]) ||
              fract(dyC2) > 0.0) {
            bDyCVal2 = false;
          }

          let idyC = i32(dyC);
          let idyC2 = i32(dyC2);
          if (bDyCVal && bDyCVal2) {
            let d2Length = uniforms.outBackprop[3];
            for (var d2 = 0; d2 < d2Length; d2 = d2 + 4) {
              let wValue0 = getW(wRPerm, wCPerm, d1, d2);
              let wValue1 = getW(wRPerm, wCPerm, d1 + 1, d2);
              let wValue2 = getW(wRPerm, wCPerm, d1 + 2, d2);
              let wValue3 = getW(wRPerm, wCPerm, d1 + 3, d2);
              var xValue =  getDy(batch, idyR, idyC, d2);
              let tmpval = vec4<f32>(dot(xValue, wValue0),
                                     dot(xValue, wValue1),
                                     dot(xValue, wValue2),
                                     dot(xValue, wValue3));
              dotProd[0] = dotProd[0] + tmpval;
              xValue = getDy(batch, idyR, idyC2, d2);
              dotProd[1] = dotProd[1] + vec4<f32>(dot(xValue, wValue0),
                                                  dot(xValue, wValue1),
                                                  dot(xValue, wValue2),
                                                  dot(xValue, wValue3));
            }
          } else if (bDyCVal) {
            let d2Length = uniforms.outBackprop[3];
            for (var d2 = 0; d2 < d2Length; d2 = d2 + 4) {
              let wValue0 = getW(wRPerm, wCPerm, d1, d2);
              let wValue1 = getW(wRPerm, wCPerm, d1 + 1, d2);
              let wValue2 = getW(wRPerm, wCPerm, d1 + 2, d2);
              let wValue3 = getW(wRPerm, wCPerm, d1 + 3, d2);
              var xValue =  getDy(batch, idyR, idyC, d2);
              let tmpval = vec4<f32>(dot(xValue, wValue0),
                                     dot(xValue, wValue1),
                                     dot(xValue, wValue2),
                                     dot(xValue, wValue3));
              dotProd[0] = dotProd[0] + tmpval;
            }
          } else if (bDyCVal2) {
            let d2Length = uniforms.outBackprop[3];
            for (var d2 = 0; d2 < d2Length; d2 = d2 + 4) {
              let wValue0 = getW(wRPerm, wCPerm, d1, d2);
              let wValue1 = getW(wRPerm, wCPerm, d1 + 1, d2);
              let wValue2 = getW(wRPerm, wCPerm, d1 + 2, d2);
              let wValue3 = getW(wRPerm, wCPerm, d1 + 3, d2);
              var xValue =  getDy(batch, idyR, idyC2, d2);
              let tmpval = vec4<f32>(dot(xValue, wValue0),
                                     dot(xValue, wValue1),
                                     dot(xValue, wValue2),
                                     dot(xValue, wValue3));
              dotProd[1] = dotProd[1] + tmpval;
            }
          }
        }
      }

      for (var i = 0; i < ${this.workPerThread}; i = i + 1) {
        let coords = vec4<i32>(batch, r, c + i, d1);
        if (coordsInBounds4D(coords, uniforms.outShape)) {
          setOutputAtCoords(coords[0], coords[1], coords[2], coords[3], dotProd[i]);
        }
      }
    }
    `;return this.isVec4?`
    ${n}
    `:`
    ${A("index")} {
      if(index < uniforms.size) {
        let coords = getCoordsFromIndex(index);
        let batch = coords[0];
        let d1 = coords[${o}];

        let dyCorner = vec2<i32>(coords[${t}], coords[${e}]) - uniforms.pads;
        let dyRCorner = dyCorner.x;
        let dyCCorner = dyCorner.y;

        // Convolve dy(?, ?, d2) with w(:, :, d1, d2) to compute dx(xR, xC, d1).
        // ? = to be determined. : = across all values in that axis.
        var dotProd = 0.0;
        for (var wR = 0; wR < uniforms.filterDims.x; wR = wR + 1) {
          let dyR = (f32(dyRCorner) + f32(wR)) / f32(uniforms.strides.x);
          let wRPerm = uniforms.filterDims.x - 1 - wR;
          if (dyR < 0.0 || dyR >= f32(uniforms.outBackprop[1]) || fract(dyR) > 0.0 ||
              wRPerm < 0) {
            continue;
          }
          let idyR = i32(dyR);

          for (var wC = 0; wC < uniforms.filterDims.y; wC = wC + 1) {
            let dyC = (f32(dyCCorner) + f32(wC)) / f32(uniforms.strides.y);
            let wCPerm = uniforms.filterDims.y - 1 - wC;
            if (dyC < 0.0 || dyC >= f32(uniforms.outBackprop[2]) ||
                fract(dyC) > 0.0 || wCPerm < 0) {
              continue;
            }
            let idyC = i32(dyC);

            for (var d2 = 0; d2 < uniforms.outBackprop[3]; d2 = d2 + 1) {
              let xValue = ${this.isChannelsLast?"getDy(batch, idyR, idyC, d2)":"getDy(batch, d2, idyR, idyC)"};
              let wValue = getW(wRPerm, wCPerm, d1, d2);
              dotProd = dotProd + xValue * wValue;
            }
          }
        }
        setOutputAtIndex(index, dotProd);
      }
    }
  `}},Fp=class{constructor(t){this.variableNames=["x","dy"],this.uniforms="pads : vec2<i32>, strides : vec2<i32>, batchSize : i32, outHeight : i32, outWidth : i32, inHeight : i32, inWidth : i32,",this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=t.filterShape,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.isChannelsLast=t.dataFormat==="channelsLast",this.shaderKey=`conv2DDerFilter_${this.isChannelsLast}`}getUserCode(){return`
    ${A("index")} {
      if(index < uniforms.size) {
        let coords = getCoordsFromIndex(index);
        let wR = coords[0];
        let wC = coords[1];
        let d1 = coords[2];
        let d2 = coords[3];

        // Convolve x(?, ?, d1) with dy(:, :, d2) to get dw(wR, wC, d1, d2).
        // ? = to be determined. : = across all values in that axis.
        var dotProd = 0.0;
        for (var b = 0; b < uniforms.batchSize; b = b + 1) {
          for (var yR = 0; yR < uniforms.outHeight; yR = yR + 1) {
            let xR = wR + yR * uniforms.strides[0] - uniforms.pads[0];
            if (xR < 0 || xR >= uniforms.inHeight) {
              continue;
            }

            for (var yC = 0; yC < uniforms.outWidth; yC = yC + 1) {
              let xC = wC + yC * uniforms.strides[1] - uniforms.pads[1];

              if (xC < 0 || xC >= uniforms.inWidth) {
                continue;
              }

              if (${this.isChannelsLast}) {
                let dyValue = getDy(b, yR, yC, d2);
                let xValue = getX(b, xR, xC, d1);
                dotProd = dotProd + xValue * dyValue;
              } else {
                let dyValue = getDy(b, d2, yR, yC);
                let xValue = getX(b, d1, xR, xC);
                dotProd = dotProd + xValue * dyValue;
              }
            }
          }
        }
        setOutputAtIndex(index, dotProd);
      }
    }
  `}},Pp=class{constructor(t){this.variableNames=["x","dy"],this.uniforms=`pads : vec3<i32>, strides : vec3<i32>, batchSize : i32, outDepth : i32,
       outHeight : i32, outWidth : i32, inDepth : i32, inHeight : i32, inWidth : i32,`,this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=t.filterShape,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.shaderKey="conv3DDerFilter"}getUserCode(){return`
    ${A("index")} {
      if(index < uniforms.size) {
        let coords = getCoordsFromIndex(index);
        let wF = coords.x;
        let wR = coords.y;
        let wC = coords.z;
        let d1 = coords.w;
        let d2 = coords.u;

        var dotProd = 0.0;
        for (var b = 0; b < uniforms.batchSize; b++) {
          for (var yF = 0; yF < uniforms.outDepth; yF++) {
            let xF = wF + yF * uniforms.strides[0] - uniforms.pads[0];
            if (xF < 0 || xF >= uniforms.inDepth) {
              continue;
            }

            for (var yR = 0; yR < uniforms.outHeight; yR++) {
              let xR = wR + yR * uniforms.strides[1] - uniforms.pads[1];
              if (xR < 0 || xR >= uniforms.inHeight) {
                continue;
              }

              for (var yC = 0; yC < uniforms.outWidth; yC++) {
                let xC = wC + yC * uniforms.strides[2] - uniforms.pads[2];
                if (xC < 0 || xC >= uniforms.inWidth) {
                  continue;
                }

                let dyValue = getDy(b, yF, yR, yC, d2);
                let xValue = getX(b, xF, xR, xC, d1);
                dotProd += xValue * dyValue;
              }
            }
          }
        }
        setOutputAtIndex(index, dotProd);
      }
    }
  `}},Mp=class{constructor(t){this.variableNames=["dy","W"],this.uniforms=`filterDims : vec3<i32>, pads : vec3<i32>, strides : vec3<i32>,
      outDepth : i32, outHeight : i32, outWidth : i32, outChannels : i32,`,this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=t.inShape,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.shaderKey="conv3DDerInput"}getUserCode(){return`
    ${A("index")} {
      if(index < uniforms.size) {
        let coords = getCoordsFromIndex(index);
        let batch = coords.x;
        let d1 = coords.u;

        let dyCorner = vec3<i32>(coords.y, coords.z, coords.w) - uniforms.pads;
        let dyFCorner = dyCorner.x;
        let dyRCorner = dyCorner.y;
        let dyCCorner = dyCorner.z;

        var dotProd = 0.0;
        for (var wF = 0; wF < uniforms.filterDims[0]; wF++) {
          let dyF = f32(dyFCorner + wF) / f32(uniforms.strides[0]);
          if (dyF < 0.0 || dyF >= f32(uniforms.outDepth) || fract(dyF) > 0.0) {
            continue;
          }
          let idyF = i32(dyF);

          let wFPerm = uniforms.filterDims[0] - 1 - wF;

          for (var wR = 0; wR < uniforms.filterDims[1]; wR++) {
            let dyR = f32(dyRCorner + wR) / f32(uniforms.strides[1]);

            if (dyR < 0.0 || dyR >= f32(uniforms.outHeight) || fract(dyR) > 0.0) {
              continue;
            }
            let idyR = i32(dyR);

            let wRPerm = uniforms.filterDims[1] - 1 - wR;

            for (var wC = 0; wC < uniforms.filterDims[2]; wC++) {
              let dyC = f32(dyCCorner + wC) / f32(uniforms.strides[2]);

              if (dyC < 0.0 || dyC >= f32(uniforms.outWidth) || fract(dyC) > 0.0) {
                continue;
              }
              let idyC = i32(dyC);

              let wCPerm = uniforms.filterDims[2] - 1 - wC;

              for (var d2 = 0; d2 < uniforms.outChannels; d2++) {
                let xValue = getDy(batch, idyF, idyR, idyC, d2);
                let wValue = getW(wFPerm, wRPerm, wCPerm, d1, d2);
                dotProd += xValue * wValue;
              }
            }
          }
        }
        setOutputAtIndex(index, dotProd);
      }
    }
  `}};function rN(r){let{inputs:t,backend:e,attrs:o}=r,{x:n,dy:s}=t,{strides:i,pad:a,dataFormat:p,dimRoundingMode:u,filterShape:c}=o,l=E.convertConv2DDataFormat(p),m=E.computeConv2DInfo(n.shape,c,i,1,a,u,!1,l),f=new Fp(m),d=[{type:"int32",data:[m.padInfo.top,m.padInfo.left]},{type:"int32",data:[m.strideHeight,m.strideWidth]},{type:"int32",data:[m.batchSize]},{type:"int32",data:[m.outHeight]},{type:"int32",data:[m.outWidth]},{type:"int32",data:[m.inHeight]},{type:"int32",data:[m.inWidth]}];return e.runWebGPUProgram(f,[n,s],n.dtype,d)}var Wb={kernelName:wi,backendName:"webgpu",kernelFunc:rN};function oN(r=4){let t=s=>{switch(s){case 1:return"return W[getIndexFromCoords4D(coord, uniforms.wShape)];";case 4:return`
            let coord1 = vec4<i32>(coordX, coordY, col + 1, rowInner);
            let coord2 = vec4<i32>(coordX, coordY, col + 2, rowInner);
            let coord3 = vec4<i32>(coordX, coordY, col + 3, rowInner);
            let v0 = W[getIndexFromCoords4D(coord, uniforms.wShape)];
            let v1 = W[getIndexFromCoords4D(coord1, uniforms.wShape)];
            let v2 = W[getIndexFromCoords4D(coord2, uniforms.wShape)];
            let v3 = W[getIndexFromCoords4D(coord3, uniforms.wShape)];
            return vec4<f32>(v0, v1, v2, v3);
            `;default:throw new Error(`innerElementSize ${s} is not supported.`)}},o=`if (row < uniforms.dimAOuter && col < uniforms.dimInner) {
        ${`
      let outRow = row / uniforms.outShape[2];
      let outCol = row % uniforms.outShape[2];

      let WRow = col / (uniforms.filterDims[1] * uniforms.outBackprop[3]);
      let WCol = col / uniforms.outBackprop[3] % uniforms.filterDims[1];
      let xR = f32(outRow - uniforms.pads[0] + WRow) / f32(uniforms.strides[0]);
      let xC = f32(outCol - uniforms.pads[1] + WCol) / f32(uniforms.strides[1]);
      if (xR < 0.0 || xR >= f32(uniforms.outBackprop[1]) || fract(xR) > 0.0) {
        return ${rt(r)}(0.0);
      }
      if (xC < 0.0 || xC >= f32(uniforms.outBackprop[2]) || fract(xC) > 0.0) {
        return ${rt(r)}(0.0);
      }
      let coord = vec4<i32>(
          batch,
          i32(xR),
          i32(xC),
          col % uniforms.outBackprop[3]);
      return x[getIndexFromCoords4D(coord, uniforms.xShape)/${r}];`}
      }
      return ${rt(r)}(0.0);`;return`
  fn mm_readA(batch: i32, row : i32, col : i32) -> ${rt(r)} {
    ${o}
  }

  fn mm_readB(batch: i32, row : i32, col : i32) -> ${rt(r)} {
    let coordX = uniforms.filterDims.x - 1 -
        row / (uniforms.filterDims[1] * uniforms.outBackprop[3]);
    let coordY = uniforms.filterDims.y - 1 -
        (row / uniforms.outBackprop[3]) % uniforms.filterDims[1];
    if (row < uniforms.dimInner && col < uniforms.dimBOuter &&
        coordX >= 0 && coordY >= 0) {
      let rowInner = row % uniforms.outBackprop[3];
      let coord = vec4<i32>(coordX, coordY, col, rowInner);
      ${t(r)}
    }
    return ${rt(r)}(0.0);
  }

  fn mm_write(batch: i32, row : i32, col : i32, valueInput : ${rt(r)}) {
    if (row < uniforms.dimAOuter && col < uniforms.dimBOuter) {
      var value = valueInput;
      let outCoord = vec4<i32>(
          batch,
          row / uniforms.outShape[2],
          row % uniforms.outShape[2],
          col);
      result[getIndexFromCoords4D(outCoord, uniforms.outShape)/${r}] = value;
    }
  }`}var _p=class{constructor(t){this.variableNames=["x","W"],this.uniforms="filterDims : vec2<i32>, pads : vec2<i32>, strides : vec2<i32>, outBackprop : vec4<i32>, dimAOuter : i32, dimBOuter : i32, dimInner : i32,",this.outputShape=t.inShape,b.assert(t.dataFormat==="channelsLast",()=>"TODO: NCHW is unimplemented"),this.isVec4=t.inChannels%4===0&&t.outChannels%4===0,this.dispatchLayout={x:[3],y:[1,2],z:[0]},this.workgroupSize=tp(this.dispatchLayout,this.outputShape,this.isVec4),this.elementsPerThread=ep(this.dispatchLayout,this.outputShape,this.isVec4),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize,this.elementsPerThread),this.isVec4&&(this.outputComponent=4,this.variableComponents=[4,1]),this.shaderKey=`conv2DDerInputMM_${this.isVec4}_${this.elementsPerThread}`}getUserCode(){let t=this.isVec4?Jr(this.elementsPerThread,this.workgroupSize):to(this.elementsPerThread,this.workgroupSize);return`
    ${oN(this.isVec4?4:1)}
    ${t}
    `}};function nN(r){let{inputs:t,backend:e,attrs:o}=r,{dy:n,filter:s}=t,{inputShape:i,strides:a,pad:p,dataFormat:u,dimRoundingMode:c}=o,l=E.convertConv2DDataFormat(u),m=E.computeConv2DInfo(i,s.shape,a,1,p,c,!1,l),f=[{type:"int32",data:[m.filterHeight,m.filterWidth]},{type:"int32",data:[m.filterHeight-1-m.padInfo.top,m.filterWidth-1-m.padInfo.left]},{type:"int32",data:[m.strideHeight,m.strideWidth]},{type:"int32",data:[m.batchSize,m.outHeight,m.outWidth,m.outChannels]}],d;if(W().getBool("WEBGPU_USE_NAIVE_CONV2D_TRANSPOSE")||m.dataFormat!=="channelsLast")d=new Ap(m);else{d=new _p(m);let g=m.inHeight*m.inWidth,h=m.inChannels,S=m.filterHeight*m.filterWidth*m.outChannels;f.push({type:"uint32",data:[g]},{type:"uint32",data:[h]},{type:"uint32",data:[S]})}return e.runWebGPUProgram(d,[n,s],"float32",f)}var Vb={kernelName:Do,backendName:"webgpu",kernelFunc:nN};var Gp=class{constructor(t){this.variableNames=["x","W"],this.uniforms="filterDims: vec3<i32>, pads: vec3<i32>, strides: vec3<i32>, dilations: vec3<i32>,",this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=t.outShape,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.shaderKey="conv3dnaive"}getUserCode(){return`
    ${A("index")} {
      if (index < uniforms.size) {
        let coords = getOutputCoords();
        let batch = coords.x;
        let d2 = coords.u;

        let xFRCCorner = vec3<i32>(coords.y, coords.z, coords.w) * uniforms.strides - uniforms.pads;
        let xFCorner = xFRCCorner.x;
        let xRCorner = xFRCCorner.y;
        let xCCorner = xFRCCorner.z;

        let inputDepthNearestVec4 = (uniforms.xShape.u / 4) * 4;
        let inputDepthVec4Remainder = uniforms.xShape.u % 4;

        var dotProd = 0.0;
        for (var wF = 0; wF < uniforms.filterDims[0]; wF++) {
          let xF = xFCorner + wF * uniforms.dilations[0];
          if (xF < 0 || xF >= uniforms.xShape.y) {
            continue;
          }

          for (var wR = 0; wR < uniforms.filterDims[1]; wR++) {
            let xR = xRCorner + wR * uniforms.dilations[1];
            if (xR < 0 || xR >= uniforms.xShape.z) {
              continue;
            }

            for (var wC = 0; wC < uniforms.filterDims[2]; wC++) {
              let xC = xCCorner + wC * uniforms.dilations[2];
              if (xC < 0 || xC >= uniforms.xShape.w) {
                continue;
              }

              for (var d1 = 0; d1 < inputDepthNearestVec4; d1 += 4) {
                let xValues = vec4<f32>(
                  getX(batch, xF, xR, xC, d1),
                  getX(batch, xF, xR, xC, d1 + 1),
                  getX(batch, xF, xR, xC, d1 + 2),
                  getX(batch, xF, xR, xC, d1 + 3)
                );
                let wValues = vec4<f32>(
                  getW(wF, wR, wC, d1, d2),
                  getW(wF, wR, wC, d1 + 1, d2),
                  getW(wF, wR, wC, d1 + 2, d2),
                  getW(wF, wR, wC, d1 + 3, d2)
                );

                dotProd += dot(xValues, wValues);
              }

              if (inputDepthVec4Remainder == 1) {
                dotProd += getX(batch, xF, xR, xC, inputDepthNearestVec4) *
                  getW(wF, wR, wC, inputDepthNearestVec4, d2);
              } else if (inputDepthVec4Remainder == 2) {
                let xValues = vec2<f32>(
                  getX(batch, xF, xR, xC, inputDepthNearestVec4),
                  getX(batch, xF, xR, xC, inputDepthNearestVec4 + 1)
                );
                let wValues = vec2<f32>(
                  getW(wF, wR, wC, inputDepthNearestVec4, d2),
                  getW(wF, wR, wC, inputDepthNearestVec4 + 1, d2)
                );
                dotProd += dot(xValues, wValues);
              } else if (inputDepthVec4Remainder == 3) {
                let xValues = vec3<f32>(
                  getX(batch, xF, xR, xC, inputDepthNearestVec4),
                  getX(batch, xF, xR, xC, inputDepthNearestVec4 + 1),
                  getX(batch, xF, xR, xC, inputDepthNearestVec4 + 2)
                );
                let wValues = vec3<f32>(
                  getW(wF, wR, wC, inputDepthNearestVec4, d2),
                  getW(wF, wR, wC, inputDepthNearestVec4 + 1, d2),
                  getW(wF, wR, wC, inputDepthNearestVec4 + 2, d2)
                );
                dotProd += dot(xValues, wValues);
              }
            }
          }
        }
        setOutputAtIndex(index, dotProd);
      }
    }`}};function sN(r){let{inputs:t,backend:e,attrs:o}=r,{x:n,filter:s}=t,{strides:i,pad:a,dilations:p}=o,u=E.computeConv3DInfo(n.shape,s.shape,i,p,a),c=[u.padInfo.front,u.padInfo.top,u.padInfo.left],l=[{type:"int32",data:[u.filterDepth,u.filterHeight,u.filterWidth]},{type:"int32",data:[...c]},{type:"int32",data:[u.strideDepth,u.strideHeight,u.strideWidth]},{type:"int32",data:[u.dilationDepth,u.dilationHeight,u.dilationWidth]}],m=new Gp(u),f=Pt(n.dtype,s.dtype);return e.runWebGPUProgram(m,[n,s],f,l)}var Hb={kernelName:Si,backendName:"webgpu",kernelFunc:sN};function iN(r){let{inputs:t,backend:e,attrs:o}=r,{x:n,dy:s}=t,{strides:i,pad:a,filterShape:p}=o,u=E.computeConv3DInfo(n.shape,p,i,1,a),c=new Pp(u),l=[{type:"int32",data:[u.padInfo.front,u.padInfo.top,u.padInfo.left]},{type:"int32",data:[u.strideDepth,u.strideHeight,u.strideWidth]},{type:"int32",data:[u.batchSize]},{type:"int32",data:[u.outDepth]},{type:"int32",data:[u.outHeight]},{type:"int32",data:[u.outWidth]},{type:"int32",data:[u.inDepth]},{type:"int32",data:[u.inHeight]},{type:"int32",data:[u.inWidth]}];return e.runWebGPUProgram(c,[n,s],s.dtype,l)}var qb={kernelName:Ci,backendName:"webgpu",kernelFunc:iN};function aN(r){let{inputs:t,backend:e,attrs:o}=r,{dy:n,filter:s}=t,{strides:i,pad:a,inputShape:p}=o,u=E.computeConv3DInfo(p,s.shape,i,1,a),c=new Mp(u),l=[{type:"int32",data:[u.filterDepth,u.filterHeight,u.filterWidth]},{type:"int32",data:[u.filterDepth-1-u.padInfo.front,u.filterHeight-1-u.padInfo.top,u.filterWidth-1-u.padInfo.left]},{type:"int32",data:[u.strideDepth,u.strideHeight,u.strideWidth]},{type:"int32",data:[u.outDepth]},{type:"int32",data:[u.outHeight]},{type:"int32",data:[u.outWidth]},{type:"int32",data:[u.outChannels]}];return e.runWebGPUProgram(c,[n,s],n.dtype,l)}var Kb={kernelName:vi,backendName:"webgpu",kernelFunc:aN};var pN=K({opType:_.COS}),Xb={kernelName:"Cos",backendName:"webgpu",kernelFunc:pN};var uN=K({opType:_.COSH}),jb={kernelName:Eo,backendName:"webgpu",kernelFunc:uN};var Bp=class{constructor(t,e,o,n){this.variableNames=["Image","Boxes","BoxInd"],this.uniforms="extrapolationValue : f32,",this.workgroupSize=[64,1,1],this.size=!0;let[s]=e;this.outputShape=[s,o[0],o[1],t],this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.methodId=n==="bilinear"?1:0,this.cropHeightBiggerThan1=this.outputShape[1]>1,this.cropWidthBiggerThan1=this.outputShape[2]>1,this.shaderKey=`cropAndResize_${this.methodId}_${this.cropHeightBiggerThan1}_${this.cropWidthBiggerThan1}`}getUserCode(){let[t,e]=["f32(uniforms.imageShape[1] - 1)","f32(uniforms.imageShape[2] - 1)"],[o,n,s]=this.cropHeightBiggerThan1?[`(${t} / f32(uniforms.outShape[1] - 1))`,"(y2-y1) * height_ratio",`y1*${t} + f32(y)*(height_scale)`]:["0.0","0.0",`0.5 * (y1+y2) * ${t}`],[i,a,p]=this.cropWidthBiggerThan1?[`(${e} / f32(uniforms.outShape[2] - 1))`,"(x2-x1) * width_ratio",`x1*${e} + f32(x)*(width_scale)`]:["0.0","0.0",`0.5 * (x1+x2) * ${e}`];return`
    ${A("index")} {
      if (index < uniforms.size) {
        let coords = getCoordsFromIndex(index);
        let height_ratio = f32(${o});
        let width_ratio = f32(${i});
        let b = coords[0];
        let y = coords[1];
        let x = coords[2];
        let d = coords[3];
        // get box vals
        let y1 = getBoxes(b, 0);
        let x1 = getBoxes(b, 1);
        let y2 = getBoxes(b, 2);
        let x2 = getBoxes(b, 3);
        // get image in batch index
        let bInd = i32(round(getBoxInd(b)));
        if(bInd < 0 || bInd >= uniforms.outShape[0]) {
          return;
        }
        let height_scale = ${n};
        let width_scale = ${a};
        let in_y = ${s};
        if( in_y < 0.0 || in_y > ${t} ) {
          setOutputAtIndex(index, uniforms.extrapolationValue);
          return;
        }
        let in_x = ${p};
        if( in_x < 0.0 || in_x > ${e} ) {
          setOutputAtIndex(index, uniforms.extrapolationValue);
          return;
        }
        let sourceFracIndexCR = vec2<f32>(in_x,in_y);
        if(${this.methodId} == 1) {
          // Compute the four integer indices.
          let sourceFloorCR = vec2<i32>(sourceFracIndexCR);
          let sourceCeilCR = vec2<i32>(ceil(sourceFracIndexCR));
          let topLeft = getImage(bInd, sourceFloorCR.y, sourceFloorCR.x, d);
          let bottomLeft = getImage(bInd, sourceCeilCR.y, sourceFloorCR.x, d);
          let topRight = getImage(bInd, sourceFloorCR.y, sourceCeilCR.x, d);
          let bottomRight = getImage(bInd, sourceCeilCR.y, sourceCeilCR.x, d);
          let fracCR = sourceFracIndexCR - vec2<f32>(sourceFloorCR);
          let top = topLeft + (topRight - topLeft) * fracCR.x;
          let bottom = bottomLeft + (bottomRight - bottomLeft) * fracCR.x;
          let newValue = top + (bottom - top) * fracCR.y;
          setOutputAtIndex(index, newValue);
        } else {
          // Compute the coordinators of nearest neighbor point.
          let sourceNearestCR = vec2<i32>(floor(
            sourceFracIndexCR + vec2<f32>(0.5,0.5)));
          let newValue = getImage(
            bInd, sourceNearestCR.y, sourceNearestCR.x, d);
          setOutputAtIndex(index, newValue);
        }
      }
    }
    `}};var lN=r=>{let{inputs:t,backend:e,attrs:o}=r,{image:n,boxes:s,boxInd:i}=t,{cropSize:a,method:p,extrapolationValue:u}=o,c=new Bp(n.shape[3],s.shape,a,p),l=[{type:"float32",data:[u]}];return e.runWebGPUProgram(c,[n,s,i],"float32",l)},Yb={kernelName:ki,backendName:"webgpu",kernelFunc:lN};var oo;(function(r){r.Prod="*",r.Sum="+"})(oo||(oo={}));var si=class{constructor(t,e,o,n){this.variableNames=["x"],this.uniforms="index : f32,",this.size=!0,this.workgroupSize=[128,1,1],this.outputShape=e,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.exclusive=o,this.reverse=n,this.op=t,this.shaderKey=`cum_${this.op}_${this.exclusive}_${this.reverse}`}getUserCode(){let t=this.outputShape.length,e=this.op===oo.Prod?"1.0":"0.0",o=this.exclusive?e:`getX(${Zb(t,"coords",this.op)})`,n=this.outputShape[this.outputShape.length-1],s="",i="";return this.exclusive?(s=this.reverse?`end != ${n-1}`:"end != 0",i=this.reverse?"end + 1":"end - 1"):(s=this.reverse?`end + pow2 < ${n}`:"end >= pow2",i=this.reverse?"end + pow2":"end - pow2"),`
      ${A("index")} {
       if (index < uniforms.size) {
         var coords = getCoordsFromIndex(index);

         let end = ${Qb(t,"coords",this.op)};
         var val = ${o};
         let pow2 = i32(pow(2.0, uniforms.index));
         if (${s}) {
           let idx = ${i};
           ${Qb(t,"coords",this.op)} = idx;
           val ${this.op}= getX(${Zb(t,"coords",this.op)});
         }
         setOutputAtIndex(index, val);
       }
      }
    `}};function Zb(r,t,e){if(r===1)return`${t}`;if(r===2)return`${t}.x, ${t}.y`;if(r===3)return`${t}.x, ${t}.y, ${t}.z`;if(r===4)return`${t}.x, ${t}.y, ${t}.z, ${t}.w`;throw Error(`Cumulative ${e} for rank ${r} is not yet supported`)}function Qb(r,t,e){if(r===1)return`${t}`;if(r===2)return`${t}.y`;if(r===3)return`${t}.z`;if(r===4)return`${t}.w`;throw Error(`Cumulative ${e} for rank ${r} is not yet supported`)}function zp(r,t,e,o,n,s){let i=t.shape.length,a=E.getAxesPermutation([o],i),p=t;a!=null&&(p=_t({inputs:{x:t},backend:e,attrs:{perm:a}}));let u=E.getInnerMostAxes(1,i)[0];if(u!==i-1)throw new Error(`WebGPU cumprod shader expects an inner-most axis=${t.shape.length-1} but got axis=${o}`);let c=p.shape[u],l=It({inputs:{x:p},backend:e});for(let m=0;m<=Math.ceil(Math.log2(c))-1;m++){let f=new si(r,p.shape,!1,s),d=l,g=[{type:"float32",data:[m]}];l=e.runWebGPUProgram(f,[l],l.dtype,g),e.disposeData(d.dataId)}if(n){let m=new si(r,p.shape,n,s),f=l,d=[{type:"float32",data:[0]}];l=e.runWebGPUProgram(m,[l],l.dtype,d),e.disposeData(f.dataId)}if(a!=null){let m=E.getUndoAxesPermutation(a),f=_t({inputs:{x:l},backend:e,attrs:{perm:m}});return e.disposeData(l.dataId),e.disposeData(p.dataId),f}return l}function cN(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{axis:s,exclusive:i,reverse:a}=o;return zp(oo.Prod,n,e,s,i,a)}var Jb={kernelName:Ii,backendName:"webgpu",kernelFunc:cN};function mN(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{axis:s,exclusive:i,reverse:a}=o;return zp(oo.Sum,n,e,s,i,a)}var tw={kernelName:$o,backendName:"webgpu",kernelFunc:mN};function fN(r){let{inputs:t,backend:e,attrs:o}=r,{x:n,weights:s}=t,{size:i,binaryOutput:a}=o,p=n.shape.length===1,c=b.sizeFromShape(s.shape)>0,l=s.dtype,m=p?[n.shape[0]]:[n.shape[0],n.shape[1]],f=p?[i]:[n.shape[0],i],d=wt({backend:e,attrs:{shape:f,value:0,dtype:l}}),g=new as(m,c,a),h=[{type:"int32",data:[i]}],S=c?[n,s]:[n];return e.runWebGPUProgram(g,S,l,h,d)}var ew={kernelName:Dm,backendName:"webgpu",kernelFunc:fN};var Lp=class{constructor(t,e){this.variableNames=["x"],this.workgroupSize=[64,1,1],this.size=!0,this.uniforms="blockSize : i32,",this.outputShape=t,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.shaderKey=`depthToSpace_${e}`,this.dataFormat=e}getUserCode(){return`
      ${A("index")} {
        if (index < uniforms.size) {
          let coords = getCoordsFromIndex(index);
          let b = coords[0];
          let h = ${this.getHeightCoordString()};
          let w = ${this.getWidthCoordString()};
          let d = ${this.getDepthCoordString()};

          let in_h = h / uniforms.blockSize;
          let offset_h = h % uniforms.blockSize;
          let in_w = w / uniforms.blockSize;
          let offset_w = w % uniforms.blockSize;
          let offset_d = (offset_h * uniforms.blockSize + offset_w) *
            ${this.getOutputDepthSize()};
          let in_d = d + offset_d;

          let rlt = ${this.getInputSamplingString()};
          setOutputAtIndex(index, rlt);
        }
      }`}getHeightCoordString(){return this.dataFormat==="NHWC"?"coords[1]":"coords[2]"}getWidthCoordString(){return this.dataFormat==="NHWC"?"coords[2]":"coords[3]"}getDepthCoordString(){return this.dataFormat==="NHWC"?"coords[3]":"coords[1]"}getOutputDepthSize(){return this.dataFormat==="NHWC"?"uniforms.outShape[3]":"uniforms.outShape[1]"}getInputSamplingString(){return this.dataFormat==="NHWC"?"getX(b, in_h, in_w, in_d)":"getX(b, in_d, in_h, in_w)"}};function dN(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{blockSize:s,dataFormat:i}=o,a=n.shape[0],p=i==="NHWC"?n.shape[1]:n.shape[2],u=i==="NHWC"?n.shape[2]:n.shape[3],c=i==="NHWC"?n.shape[3]:n.shape[1],l=p*s,m=u*s,f=c/(s*s),d=i==="NHWC"?[a,l,m,f]:[a,f,l,m],g=[{type:"int32",data:[s]}],h=new Lp(d,i);return e.runWebGPUProgram(h,[n],n.dtype,g)}var rw={kernelName:Ti,backendName:"webgpu",kernelFunc:dN};var Op=class{constructor(t,e,o,n=!1,s=null,i=!1){this.variableNames=["x","W"],this.uniforms="pads : vec2<i32>, inDims : vec2<i32>,",this.workgroupSize=[16,16,1],this.outputShape=t,this.dispatchLayout={x:[3],y:[2],z:[0,1]},this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),n&&this.variableNames.push("bias"),i&&this.variableNames.push("preluActivationWeights"),this.addBias=n,this.activation=s,this.hasPreluActivation=i,this.filterHeight=e,this.filterWidth=o,this.shaderKey=`depthwiseNCHW_${this.activation}_${this.filterHeight}_${this.filterWidth}`}getUserCode(){let t=this.filterWidth*this.filterHeight,e=this.workgroupSize[0]*this.workgroupSize[1]*this.workgroupSize[2],o=this.workgroupSize[1]+this.filterHeight-1,n=this.workgroupSize[0]+this.filterWidth-1;return`
      ${At(this.activation,this.hasPreluActivation,!1,4)}

      var<workgroup> mm_Asub : array<array<f32, ${n}>, ${o}>;
      var<workgroup> mm_Bsub : array<array<f32, ${this.filterWidth}>, ${this.filterHeight}>;
      fn readX(batch : i32, channel : i32, row : i32, col : i32) -> f32 {
        var value = 0.0;
        if (row >=0 && row < uniforms.inDims[0] && col >=0 && col < uniforms.inDims[1])
        {
          value = getX(batch, channel, row, col);
        }
        return value;
      }

      ${A()} {
        let coords = getOutputCoords();
        let batch = coords[0];
        let xRCCorner = vec2<i32>(coords.zw) - uniforms.pads;
        let channelMul = uniforms.wShape[3];
        let d1 = coords[1] / channelMul;
        let q = coords[1] % channelMul;

        let inputRowStart = xRCCorner.x;
        let inputColStart = xRCCorner.y;

        let localRow = i32(localId.y);
        let localCol = i32(localId.x);

        // Load one tile of X into local memory.
        for (var inputRow = localRow; inputRow < ${o}; inputRow = inputRow + ${this.workgroupSize[1]}) {
          for (var inputCol = localCol; inputCol < ${n}; inputCol = inputCol + ${this.workgroupSize[0]}) {
            let rowOffset = inputRow - localRow;
            let colOffset = inputCol - localCol;
            mm_Asub[inputRow][inputCol] = readX(batch, d1, inputRowStart + rowOffset, inputColStart + colOffset);
          }
        }

        // Load one tile of W into local memory.
        var wIndex = i32(localIndex);
        ${t<e?`if (wIndex < ${t})`:`for(; wIndex < ${t}; wIndex = wIndex + ${e})`}

        {
          let wRow = wIndex / ${this.filterWidth};
          let wCol = wIndex % ${this.filterWidth};
          mm_Bsub[wRow][wCol] = getW(wRow, wCol, d1, q);
        }

        workgroupBarrier();

        var value = 0.0;
        for (var wR = 0; wR < ${this.filterHeight}; wR = wR + 1) {
          for (var wC = 0; wC < ${this.filterWidth}; wC = wC + 1) {
            let xVal = mm_Asub[localRow + wR][localCol + wC];
            let wVal = mm_Bsub[wR][wC];
            value = fma(xVal, wVal, value);
          }
        }
        ${te(this.addBias,this.activation)}
        if (coordsInBounds4D(coords, uniforms.outShape)) {
          setOutputAtCoords(coords[0], coords[1], coords[2], coords[3], value);
        }
      }
    `}};var us=class{constructor(t,e=!1,o=null,n=!1){this.variableNames=["x","W"],this.uniforms="pads : vec2<i32>, inDims : vec2<i32>, virtualWidth : i32,",this.workgroupSize=[64,1,1],this.workPerThread=4,this.outputComponent=4,this.outputShape=t.outShape,this.virtualWidth=Math.ceil(this.outputShape[2]/this.workPerThread)*this.workPerThread;let s=[this.outputShape[0],this.outputShape[1],this.virtualWidth,this.outputShape[3]];this.dispatchLayout=M(s),this.dispatch=F(this.dispatchLayout,s,this.workgroupSize,[this.outputComponent*this.workPerThread,1,1]),b.assert(t.dataFormat==="channelsLast",()=>"TODO: NCHW is unimplemented"),e&&this.variableNames.push("bias"),n&&this.variableNames.push("preluActivationWeights"),this.convInfo=t,this.addBias=e,this.activation=o,this.hasPreluActivation=n,this.shaderKey=`depthwiseVec4_${o}_${this.convInfo.filterHeight}_${this.convInfo.filterWidth}_${this.convInfo.strideHeight}_${this.convInfo.strideWidth}_${this.workPerThread}`}getUserCode(){let t=(this.workPerThread-1)*this.convInfo.strideWidth+this.convInfo.filterWidth,e=this.convInfo.strideHeight,o=this.convInfo.strideWidth;return`
      ${At(this.activation,this.hasPreluActivation,!0,4)}
      fn readX(batch : i32, row : i32, col : i32, channel : i32) -> vec4<f32> {
        var value = vec4<f32>(0.0);
        if (col >=0 && col < uniforms.inDims[1]) {
          value = getX(batch, row, col, channel);
        }
        return value;
      }

      ${A("index")} {
        let width0 = uniforms.outShape[3] / ${this.outputComponent};
        let d1 = (index % width0) * ${this.outputComponent};
        var index1 = index / width0;
        let width1 = uniforms.virtualWidth / ${this.workPerThread};
        let c = (index1 % width1) * ${this.workPerThread};
        index1 = index1 / width1;
        let r = index1 % uniforms.outShape[1];
        let batch = index1 / uniforms.outShape[1];

        let xRCCorner = vec2<i32>(r, c) * vec2<i32>(${e}, ${o}) - uniforms.pads;

        let xRCorner = xRCCorner.x;
        let xCCorner = xRCCorner.y;
        var xVals : array<vec4<f32>, ${t}>;
        var dotProd : array<vec4<f32>, ${this.workPerThread}>;
        for (var i = 0; i < ${this.workPerThread}; i++) {
          dotProd[i] = vec4<f32>(0.0);
        }

        // Use constant instead of uniform can give better performance.
        for (var wR = 0; wR < ${this.convInfo.filterHeight}; wR = wR + 1) {
          let xR = xRCorner + wR;
          if (xR >=0 && xR < uniforms.inDims[0]) {
            for (var i = 0; i < ${t}; i++) {
              xVals[i] = readX(batch, xR, xCCorner + i, d1);
            }
            for (var wC = 0; wC < ${this.convInfo.filterWidth}; wC = wC + 1) {
              let wValue = getW(wR, wC, d1, 0);
              for (var i = 0; i < ${this.workPerThread}; i++) {
                dotProd[i] = fma(xVals[i * ${o} + wC], wValue, dotProd[i]);
              }
            }
          }
        }

        for (var i = 0; i < ${this.workPerThread}; i = i + 1) {
          let coords = vec4<i32>(batch, r, c + i, d1);
          if (coordsInBounds4D(coords, uniforms.outShape)) {
            var value = dotProd[i];
            ${te(this.addBias,this.activation)}
            setOutputAtCoords(coords[0], coords[1], coords[2], coords[3], value);
          }
        }
      }
    `}};var ls=class{constructor(t,e=!1,o=null,n=!1){this.variableNames=["x","W"],this.uniforms=`pads : vec2<i32>, inDims : vec2<i32>, filterHeight : i32,
      filterWidth : i32, strides : vec2<i32>, dilations : vec2<i32>,`,this.workgroupSize=[256,1,1],this.size=!0,this.outputShape=t.outShape,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.isChannelsLast=t.dataFormat==="channelsLast",e&&this.variableNames.push("bias"),n&&this.variableNames.push("preluActivationWeights"),this.convInfo=t,this.addBias=e,this.activation=o,this.hasPreluActivation=n,this.shaderKey=`depthwise_${this.activation}_${this.isChannelsLast}`}getUserCode(){let t=this.isChannelsLast?"getX(batch, xR, xC, d1);":"getX(batch, d1, xR, xC);";return`
      ${At(this.activation,this.hasPreluActivation,!1,4)}

      ${A("index")} {
        if (index < uniforms.size) {
          let coords = getOutputCoords();
          let batch = coords[0];
          let xRCCorner = vec2<i32>(coords.${this.isChannelsLast?"yz":"zw"}) * uniforms.strides - uniforms.pads;
          let d2 = coords[${this.isChannelsLast?3:1}];
          let channelMul = uniforms.wShape[3];
          let d1 = d2 / channelMul;
          let q = d2 % channelMul;

          let inputRowStart = xRCCorner.x;
          let inputColStart = xRCCorner.y;
          let inputRowEnd = inputRowStart + uniforms.filterHeight *
              uniforms.dilations[0];
          let inputColEnd = inputColStart + uniforms.filterWidth *
              uniforms.dilations[1];

          // Convolve x(?, ?, d1)|x(d1, ?, ?) with w(:, :, d1, q) to get
          // y(yR, yC, d2)|y(d2, yR, yC). ? = to be determined. : = across all
          // values in that axis. x(?, ?, d1) and y(yR, yC, d2) is for NHWC.
          // x(d1, ?, ?) and y(d2, yR, yC) is for NCHW.
          var value = 0.0;

          // Extract if checking out of for loop for performance.
          if (inputRowStart >= 0 && inputColStart >= 0 &&
            inputRowEnd < uniforms.inDims[0] &&
                inputColEnd < uniforms.inDims[1]) {
              for (var wR = 0; wR < uniforms.filterHeight; wR = wR + 1) {
                let xR = inputRowStart + wR * uniforms.dilations[0];

                for (var wC = 0; wC < uniforms.filterWidth; wC = wC + 1) {
                  let xC = inputColStart + wC * uniforms.dilations[1];

                  let xVal = ${t};
                  let wVal = getW(wR, wC, d1, q);
                  value = value + xVal * wVal;
                }
              }
            } else {
              for (var wR = 0; wR < uniforms.filterHeight; wR = wR + 1) {
                let xR = inputRowStart + wR * uniforms.dilations[0];

                if (xR < 0 || xR >= uniforms.inDims[0]) {
                  continue;
                }

                for (var wC = 0; wC < uniforms.filterWidth; wC = wC + 1) {
                  let xC = inputColStart + wC * uniforms.dilations[1];

                  if (xC < 0 || xC >= uniforms.inDims[1]) {
                    continue;
                  }

                  let xVal = ${t};
                  let wVal = getW(wR, wC, d1, q);
                  value = value + xVal * wVal;
                }
              }
            }
            ${te(this.addBias,this.activation)}
          setOutputAtCoords(coords[0], coords[1], coords[2], coords[3], value);
        }
      }
    `}};function hN(r){let{inputs:t,backend:e,attrs:o}=r,{x:n,filter:s}=t,{strides:i,pad:a,dataFormat:p,dilations:u,dimRoundingMode:c}=o,l=E.convertConv2DDataFormat(p),m=u;m==null&&(m=[1,1]);let f=E.computeConv2DInfo(n.shape,s.shape,i,m,a,c,!0,l),d=[{type:"int32",data:[f.padInfo.top,f.padInfo.left]},{type:"int32",data:[f.inHeight,f.inWidth]}],g=f.dataFormat==="channelsLast",h;return!g&&f.inHeight>16&&f.inWidth>16&&f.strideHeight===1&&f.strideWidth===1&&f.dilationWidth===1&&f.dilationHeight===1&&f.inChannels===f.outChannels?h=new Op(f.outShape,f.filterHeight,f.filterWidth):g&&f.outHeight>4&&f.outWidth>4&&f.strideWidth<=2&&f.inChannels===f.outChannels&&f.dilationHeight===1&&f.dilationWidth===1&&f.inChannels%4===0?(h=new us(f),d.push({type:"int32",data:[h.virtualWidth]})):(h=new ls(f),d.push({type:"int32",data:[f.filterHeight]},{type:"int32",data:[f.filterWidth]},{type:"int32",data:[f.strideHeight,f.strideWidth]},{type:"int32",data:[f.dilationHeight,f.dilationWidth]})),e.runWebGPUProgram(h,[n,s],n.dtype,d)}var ow={kernelName:Ro,backendName:"webgpu",kernelFunc:hN};var Up=class{constructor(t){this.variableNames=["x","dy"],this.uniforms=`strides : vec2<i32>, pads : vec2<i32>, filterDims : vec2<i32>, outHeight : i32,
      outWidth : i32, inHeight : i32, inWidth : i32, batchSize : i32, channelMul : i32,`,this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=t.filterShape,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.shaderKey="depthwise_conv2d_backprop_filter"}getUserCode(){return`
      ${A("index")} {
      if (index < uniforms.size) {
        let coords = getCoordsFromIndex(index);
        let wR = coords[0];
        let wC = coords[1];
        let d1 = coords[2];
        let dm = coords[3];
        let d2 = d1 * uniforms.channelMul + dm;

        var dotProd = 0.0;
        for (var b = 0; b < uniforms.batchSize; b++) {
          for (var yR = 0; yR < uniforms.outHeight; yR++) {
            let xR = wR + yR * uniforms.strides[0] - uniforms.pads[0];

            if (xR < 0 || xR >= uniforms.inHeight) {
              continue;
            }

            for (var yC = 0; yC < uniforms.outWidth; yC++) {
              let xC = wC + yC * uniforms.strides[1] - uniforms.pads[1];

              if (xC < 0 || xC >= uniforms.inWidth) {
                continue;
              }

              let dyValue = getDy(b, yR, yC, d2);
              let xValue = getX(b, xR, xC, d1);
              dotProd += xValue * dyValue;
            }
          }
        }
        setOutputAtIndex(index, dotProd);
      }
    }
    `}},Wp=class{constructor(t){this.variableNames=["dy","W"],this.uniforms=`strides : vec2<i32>, pads : vec2<i32>, filterDims : vec2<i32>,
       outHeight : i32, outWidth : i32, channelMul : i32,`,this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=t.inShape,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.shaderKey="depthwise_conv2d_backprop_input"}getUserCode(){return`
      ${A("index")} {
      if (index < uniforms.size) {
        let coords = getCoordsFromIndex(index);
        let batch = coords[0];
        let d1 = coords[3];
        let dyCorner = coords.yz - uniforms.pads;
        let dyRCorner = dyCorner.x;
        let dyCCorner = dyCorner.y;

        var dotProd = 0.0;
        for (var wR = 0; wR < uniforms.filterDims[0]; wR++) {
          let dyR = f32(dyRCorner + wR) / f32(uniforms.strides[0]);

          if (dyR < 0.0 || dyR >= f32(uniforms.outHeight) || fract(dyR) > 0.0) {
            continue;
          }

          let idyR = i32(dyR);
          let wRPerm = uniforms.filterDims[0] - 1 - wR;

          for (var wC = 0; wC < uniforms.filterDims[1]; wC++) {
            let dyC = f32(dyCCorner + wC) / f32(uniforms.strides[1]);

            if (dyC < 0.0 || dyC >= f32(uniforms.outWidth) || fract(dyC) > 0.0) {
              continue;
            }

            let idyC = i32(dyC);
            let wCPerm = uniforms.filterDims[1] - 1 - wC;

            for (var dm = 0; dm < uniforms.channelMul; dm++) {
              let d2 = d1 * uniforms.channelMul + dm;
              let xValue = getDy(batch, idyR, idyC, d2);
              let wValue = getW(wRPerm, wCPerm, d1, dm);
              dotProd += xValue * wValue;
            }
          }
        }
        setOutputAtIndex(index, dotProd);
      }
    }
    `}};function gN(r){let{inputs:t,backend:e,attrs:o}=r,{x:n,dy:s}=t,{strides:i,dilations:a,pad:p,dimRoundingMode:u,filterShape:c}=o,l=E.computeConv2DInfo(n.shape,c,i,a,p,u,!0),m=new Up(l),f=[{type:"int32",data:[l.strideHeight,l.strideWidth]},{type:"int32",data:[l.padInfo.top,l.padInfo.left]},{type:"int32",data:[l.filterHeight,l.filterWidth]},{type:"int32",data:[l.outHeight]},{type:"int32",data:[l.outWidth]},{type:"int32",data:[l.inHeight]},{type:"int32",data:[l.inWidth]},{type:"int32",data:[l.batchSize]},{type:"int32",data:[l.outChannels/l.inChannels]}];return e.runWebGPUProgram(m,[n,s],"float32",f)}var nw={kernelName:Ni,backendName:"webgpu",kernelFunc:gN};function xN(r){let{inputs:t,backend:e,attrs:o}=r,{dy:n,filter:s}=t,{strides:i,dilations:a,pad:p,dimRoundingMode:u,inputShape:c}=o,l=E.computeConv2DInfo(c,s.shape,i,a,p,u,!0),m=new Wp(l),f=[{type:"int32",data:[l.strideHeight,l.strideWidth]},{type:"int32",data:[l.filterHeight-1-l.padInfo.top,l.filterWidth-1-l.padInfo.left]},{type:"int32",data:[l.filterHeight,l.filterWidth]},{type:"int32",data:[l.outHeight]},{type:"int32",data:[l.outWidth]},{type:"int32",data:[l.outChannels/l.inChannels]}];return e.runWebGPUProgram(m,[n,s],n.dtype,f)}var sw={kernelName:Di,backendName:"webgpu",kernelFunc:xN};var Vp=class{constructor(t){this.variableNames=["x"],this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=[t,t],this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.shaderKey="diag"}getUserCode(){return`
      ${A("index")} {
        if (index < uniforms.size) {
          let coords = getOutputCoords();
          let value = select(0.0, getX(coords[0]), coords[0] == coords[1]);
          setOutputAtIndex(index, value);
        }
      }
    `}};function yN(r){let{inputs:t,backend:e}=r,{x:o}=t,n=[...o.shape,...o.shape],s=b.sizeFromShape(o.shape),i=O({inputs:{x:o},backend:e,attrs:{shape:[s]}}),a=new Vp(s),p=e.runWebGPUProgram(a,[i],i.dtype),u=O({inputs:{x:p},backend:e,attrs:{shape:n}});return e.disposeData(i.dataId),e.disposeData(p.dataId),u}var iw={kernelName:Em,backendName:"webgpu",kernelFunc:yN};var Hp=class{constructor(t){this.variableNames=["x","w"],this.uniforms="filterDims: vec2<i32>, pads: vec2<i32>, strides: vec2<i32>, dilations: vec2<i32>",this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=t.outShape,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.shaderKey="dilation2d"}getUserCode(){return`
       ${A("index")} {
         if (index < uniforms.size) {
           let neg_infinity = -3.4e38;
           let coords = getOutputCoords();
           let batch = coords.x;
           let d1 = coords.w;
           let outTopLeftCorner = coords.yz * uniforms.strides - uniforms.pads;
           let hBeg = outTopLeftCorner.x;
           let wBeg = outTopLeftCorner.y;

           var curVal = neg_infinity;
           for (var h = 0; h < uniforms.filterDims[0]; h = h + 1) {
             let hIn = hBeg + h * uniforms.dilations[0];

             if (hIn >= 0 && hIn < uniforms.xShape[1]) {
               for (var w = 0; w < uniforms.filterDims[1]; w = w + 1) {
                 let wIn = wBeg + w * uniforms.dilations[1];

                 if (wIn >= 0 && wIn < uniforms.xShape[2]) {
                   let val = getX(batch, hIn, wIn, d1) + getW(h, w, d1);
                   if (val > curVal) {
                     curVal = val;
                   }
                 }
               }
             }
           }

           setOutputAtIndex(index, curVal);
         }
       }
     `}};function bN(r){let{inputs:t,backend:e,attrs:o}=r,{x:n,filter:s}=t,{strides:i,pad:a,dilations:p}=o,u=E.computeDilation2DInfo(n.shape,s.shape,i,a,"NHWC",p),c=[u.padInfo.top,u.padInfo.left],l=[{type:"int32",data:[u.filterHeight,u.filterWidth]},{type:"int32",data:[...c]},{type:"int32",data:[u.strideHeight,u.strideWidth]},{type:"int32",data:[u.dilationHeight,u.dilationWidth]}],m=new Hp(u);return e.runWebGPUProgram(m,[n,s],n.dtype,l)}var aw={kernelName:Ao,backendName:"webgpu",kernelFunc:bN};var qp=class{constructor(t,e){if(this.variableNames=["x","w","dy"],this.uniforms="filterDims: vec2<i32>, pads: vec2<i32>, strides: vec2<i32>, dilations: vec2<i32>, dySize: i32,",this.workgroupSize=[64,1,1],this.atomic=!0,this.outputShape=t.inShape,this.dispatchLayout=M(t.outShape),this.dispatch=F(this.dispatchLayout,t.outShape,this.workgroupSize),e!=="float32"&&e!=="int32")throw new Error(`Dilation2DBackpropInput only supports float32 and int32
          types, does not support ${e} type.`);this.type=e,this.shaderKey="dilation2DBackpropInput"}getUserCode(){return`
       ${A("index")} {
         if (index < uniforms.dySize) {
           let coords = getDyCoordsFromIndex(index);
           let b = coords[0];
           let r = coords[1];
           let c = coords[2];
           let d = coords[3];

           let dyCorner = vec2<i32>(r, c) * uniforms.strides - uniforms.pads;
           var curVal = -3.4e38;  // neg_infinity
           var xRMax = 0;
           var xCMax = 0;

           // In the case of multiple argmax branches, we only back-propagate
           // along the last branch, i.e., the one with largest value of
           // 'wR * uniforms.filterDims[1] + wC', similarly to the max-pooling
           // backward routines.
           for (var wR = 0; wR < uniforms.filterDims[0]; wR++) {
             let xR = dyCorner.x + wR * uniforms.dilations[0];

             if (xR >= 0 && xR < uniforms.xShape[1]) {
               for (var wC = 0; wC < uniforms.filterDims[1]; wC++) {
                 let xC = dyCorner.y + wC * uniforms.dilations[1];

                 if (xC >= 0 && xC < uniforms.xShape[2]) {
                   let val = getX(b, xR, xC, d) + getW(wR, wC, d);
                   if (val > curVal) {
                     curVal = val;
                     xRMax = xR;
                     xCMax = xC;
                   }
                 }
               }
             }
           }

           let flatIndexIn = d + uniforms.xShape[3] *
               (xCMax + uniforms.xShape[2] * (xRMax + uniforms.xShape[1] * b));
           let value = getDy(b, r, c, d);
           ${Jt("&result[flatIndexIn]","value",this.type)}
         }
       }
     `}},Kp=class{constructor(t,e,o){if(this.variableNames=["x","w","dy"],this.uniforms="filterDims: vec2<i32>, pads: vec2<i32>, strides: vec2<i32>, dilations: vec2<i32>, dySize: i32,",this.workgroupSize=[64,1,1],this.atomic=!0,this.outputShape=t.filterShape,this.dispatchLayout=M(t.outShape),this.dispatch=F(this.dispatchLayout,t.outShape,this.workgroupSize),o!=="float32"&&o!=="int32")throw new Error(`Dilation2DBackpropFilter only supports float32 and int32
          types, does not support ${o} type.`);this.type=o,this.shaderKey="dilation2DBackpropFilter"}getUserCode(){return`
       ${A("index")} {
         if (index < uniforms.dySize) {
           let coords = getDyCoordsFromIndex(index);
           let b = coords[0];
           let r = coords[1];
           let c = coords[2];
           let d = coords[3];

           let dyCorner = vec2<i32>(r, c) * uniforms.strides - uniforms.pads;
           var curVal = -3.4e38;  // neg_infinity
           var wRMax = 0;
           var wCMax = 0;

           // In the case of multiple argmax branches, we only back-propagate
           // along the last branch, i.e., the one with largest value of
           // 'wR * uniforms.filterDims[1] + wC', similarly to the max-pooling
           // backward routines.
           for (var wR = 0; wR < uniforms.filterDims[0]; wR++) {
             let xR = dyCorner.x + wR * uniforms.dilations[0];

             if (xR >= 0 && xR < uniforms.xShape[1]) {
               for (var wC = 0; wC < uniforms.filterDims[1]; wC++) {
                 let xC = dyCorner.y + wC * uniforms.dilations[1];

                 if (xC >= 0 && xC < uniforms.xShape[2]) {
                   let val = getX(b, xR, xC, d) + getW(wR, wC, d);
                   if (val > curVal) {
                     curVal = val;
                     wRMax = wR;
                     wCMax = wC;
                   }
                 }
               }
             }
           }

           let flatIndexIn = d + uniforms.wShape[2] * (wCMax + wRMax * uniforms.wShape[1]);
           let value = getDy(b, r, c, d);
           ${Jt("&result[flatIndexIn]","value",this.type)}
         }
       }
     `}};function wN(r){let{inputs:t,backend:e,attrs:o}=r,{x:n,filter:s,dy:i}=t,{strides:a,pad:p,dilations:u}=o,c=E.computeDilation2DInfo(n.shape,s.shape,a,p,"NHWC",u),l=s.dtype,m=new Kp(c,s.shape,l),f=[{type:"int32",data:[c.filterHeight,c.filterWidth]},{type:"int32",data:[c.padInfo.top,c.padInfo.left]},{type:"int32",data:[c.strideHeight,c.strideWidth]},{type:"int32",data:[c.dilationHeight,c.dilationWidth]},{type:"int32",data:[b.sizeFromShape(c.outShape)]}],d=wt({backend:e,attrs:{shape:s.shape,value:0,dtype:l}});return e.runWebGPUProgram(m,[n,s,i],l,f,d)}var pw={kernelName:$i,backendName:"webgpu",kernelFunc:wN};function SN(r){let{inputs:t,backend:e,attrs:o}=r,{x:n,filter:s,dy:i}=t,{strides:a,pad:p,dilations:u}=o,c=E.computeDilation2DInfo(n.shape,s.shape,a,p,"NHWC",u),l=n.dtype,m=new qp(c,l),f=[{type:"int32",data:[c.filterHeight,c.filterWidth]},{type:"int32",data:[c.padInfo.top,c.padInfo.left]},{type:"int32",data:[c.strideHeight,c.strideWidth]},{type:"int32",data:[c.dilationHeight,c.dilationWidth]},{type:"int32",data:[b.sizeFromShape(c.outShape)]}],d=wt({backend:e,attrs:{shape:c.inShape,value:0,dtype:l}});return e.runWebGPUProgram(m,[n,s,i],l,f,d)}var uw={kernelName:Ei,backendName:"webgpu",kernelFunc:SN};var Xp=class{constructor(t,e,o){this.variableNames=["Image"],this.uniforms="alpha: f32,",this.workgroupSize=[64,1,1],this.pixelsOpType=Qe.DRAW,this.size=!0,this.outputShape=t,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.type=e,this.textureFormat=o,this.shaderKey=`draw_${e}_${o}`}getUserCode(){let t,e=this.type==="float32"?"value":"value / 255.0";return t=`
      if (uniforms.numChannels == 1) {
        rgba[0] = ${e};
        rgba[1] = ${e};
        rgba[2] = ${e};
      } else {
        rgba[d] = ${e};
      }`,`
       @group(0) @binding(0) var outImage : texture_storage_2d<${this.textureFormat}, write>;
       ${A("index")} {
         if (index < uniforms.size) {
           var rgba = vec4<f32>(0.0, 0.0, 0.0, uniforms.alpha);
           for (var d = 0; d < uniforms.numChannels; d = d + 1) {
             let value = f32(inBuf[index * uniforms.numChannels + d]);
             ${t}
           }
           rgba.x = rgba.x * rgba.w;
           rgba.y = rgba.y * rgba.w;
           rgba.z = rgba.z * rgba.w;
           let coords = getCoordsFromIndex(index);
           textureStore(outImage, vec2<i32>(coords.yx), rgba);
         }
       }
      `}};function CN(r){let{inputs:t,backend:e,attrs:o}=r,{image:n}=t,{canvas:s,options:i}=o,[a,p]=n.shape.slice(0,2),{imageOptions:u}=i||{},c=u?.alpha||1,l=e.device.features.has("bgra8unorm-storage")?"bgra8unorm":"rgba8unorm",m=[a,p],f=new Xp(m,n.dtype,l);s.width=p,s.height=a;let d="webgpu",g=s.getContext(d),h;g||(h=new OffscreenCanvas(p,a),g=h.getContext(d));let S=n.shape.length===3?n.shape[2]:1;g.configure({device:e.device,format:l,usage:GPUTextureUsage.STORAGE_BINDING,alphaMode:"premultiplied"});let T="int32",k=e.makeTensorInfo(m,T),v=e.tensorMap.get(k.dataId);v.resource=g.getCurrentTexture(),v.external=!0;let N=[{type:"uint32",data:[S]},{type:"float32",data:[c]}];if(e.runWebGPUProgram(f,[n],T,N,k),h){let R=s.getContext("2d");if(!R)throw new Error("Please make sure this canvas has only been used for 2d or webgpu context!");R.drawImage(h,0,0)}return e.disposeData(k.dataId),n}var lw={kernelName:$m,backendName:"webgpu",kernelFunc:CN};var sm=at({opType:q.MUL,cpuKernelImpl:Hy,supportsComplex:!0}),cw={kernelName:cr,backendName:"webgpu",kernelFunc:sm};function im(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{axis:s,keepDims:i}=o;return re(n,s,i,"sum",e)}var mw={kernelName:"Sum",backendName:"webgpu",kernelFunc:im};function vN(r){let{inputs:t,backend:e,attrs:o}=r,{equation:n}=o,s=t,{allDims:i,summedDims:a,idDims:p}=E.decodeEinsumEquation(n,s.length);E.checkEinsumDimSizes(i.length,p,s);let{path:u,steps:c}=E.getEinsumComputePath(a,p),l=c.length,m=null,f=i.length,d=[];for(let g=0;g<l;++g){for(let h of c[g]){let{permutationIndices:S,expandDims:T}=E.getEinsumPermutation(f,p[h]),k;E.isIdentityPermutation(S)?k=s[h]:(k=_t({inputs:{x:s[h]},backend:e,attrs:{perm:S}}),d.push(k));let v=k.shape.slice();for(let N=0;N<T.length;++N)v.splice(T[N],0,1);b.arraysEqual(k.shape,v)||(k=O({inputs:{x:k},backend:e,attrs:{shape:v}}),d.push(k)),m===null?m=k:(m=sm({inputs:{a:k,b:m},backend:e}),d.push(m))}g<l-1&&(u[g]>=0&&(m=im({inputs:{x:m},backend:e,attrs:{axis:u[g]-(i.length-f),keepDims:!1}}),d.push(m)),f--)}for(let g of d)g!==m&&e.disposeData(g.dataId);return m}var fw={kernelName:Ri,backendName:"webgpu",kernelFunc:vN};var IN=K({opType:_.ELU}),dw={kernelName:"Elu",backendName:"webgpu",kernelFunc:IN};var kN=r=>{let{inputs:t,backend:e}=r,{dy:o,y:n}=t,s=new tr(q.ELU_DER,o.shape,n.shape);return e.runWebGPUProgram(s,[o,n],o.dtype)},hw={kernelName:Ai,backendName:"webgpu",kernelFunc:kN};var TN=at({opType:q.EQUAL,dtype:"bool",cpuKernelImpl:$y}),gw={kernelName:Po,backendName:"webgpu",kernelFunc:TN};var NN=K({opType:_.ERF}),xw={kernelName:"Erf",backendName:"webgpu",kernelFunc:NN};var DN=K({opType:_.EXP,cpuKernelImpl:Ry,dtype:"float32"}),yw={kernelName:"Exp",backendName:"webgpu",kernelFunc:DN};function jp(r){let{inputs:t,attrs:e,backend:o}=r,{dim:n}=e,{input:s}=t,i=s.shape.length,a=s.shape.slice(),p=n;return n<0&&(b.assert(-(i+1)<=n,()=>`Axis must be in the interval [${-(i+1)}, ${i}]`),p=i+n+1),a.splice(p,0,1),O({inputs:{x:s},backend:o,attrs:{shape:a}})}var bw={kernelName:Mo,backendName:"webgpu",kernelFunc:jp};var EN=K({opType:_.EXPM1,cpuKernelImpl:Ay}),ww={kernelName:sr,backendName:"webgpu",kernelFunc:EN};var ii=class{constructor(t,e){this.variableNames=["real","imag"],this.outputShape=[],this.uniforms="exponentMultiplier : f32, denominator: f32,",this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=e,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.component=t,this.shaderKey=`fft_${t}`}getUserCode(){return`
    fn unaryOpComplex(real: f32, expR: f32, imag: f32, expI: f32) -> f32 {
      ${this.component==="real"?"return real * expR - imag * expI;":"return real * expI + imag * expR;"}
    }

    fn mulMatDFT(batch: i32, index: i32) -> f32 {
      let indexRatio = f32(index) / f32(uniforms.realShape[1]);
      let exponentMultiplierTimesIndexRatio =
          uniforms.exponentMultiplier * indexRatio;

      var result = 0.0;

      for (var i = 0; i < uniforms.realShape[1]; i = i + 1) {
        // x = (-2|2 * PI / N) * index * i;
        let x = exponentMultiplierTimesIndexRatio * f32(i);
        let expR = cos(x);
        let expI = sin(x);
        let real = getReal(batch, i);
        let imag = getImag(batch, i);

        result = result +
            unaryOpComplex(real, expR, imag, expI) / uniforms.denominator;
      }

      return result;
    }

    ${A("index")} {
      if (index < uniforms.size) {
        let coords = getOutputCoords();
        setOutputAtIndex(index, mulMatDFT(coords[0], coords[1]));
      }
    }
  `}};function Yp(r,t,e){let o=e.tensorMap.get(r.dataId),n=b.sizeFromShape(r.shape),s=r.shape[r.shape.length-1],i=n/s,a=[],p=O({inputs:{x:r},backend:e,attrs:{shape:[i,s]}});a.push(p);let u=p.shape,c=new ii("real",u),l=new ii("imag",u),m=[{dataId:o.complexTensorInfos.real.dataId,dtype:o.complexTensorInfos.real.dtype,shape:u},{dataId:o.complexTensorInfos.imag.dataId,dtype:o.complexTensorInfos.imag.dtype,shape:u}],f=t?2*Math.PI:-2*Math.PI,d=t?u[1]:1,g=[{type:"float32",data:[f]},{type:"float32",data:[d]}],h=e.runWebGPUProgram(c,m,"float32",g);a.push(h);let S=e.runWebGPUProgram(l,m,"float32",g);a.push(S);let T=ue({inputs:{real:h,imag:S},backend:e});a.push(T);let k=O({inputs:{x:T},backend:e,attrs:{shape:r.shape}});return a.forEach(v=>e.disposeData(v.dataId)),k}function $N(r){let{inputs:t,backend:e}=r,{input:o}=t;return Yp(o,!1,e)}var Sw={kernelName:"FFT",backendName:"webgpu",kernelFunc:$N};var Zp=class{constructor(t){this.outputShape=[],this.variableNames=["x"],this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=t,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.shaderKey="flipLeftRight"}getUserCode(){return`
      ${A("index")} {
        if (index < uniforms.size) {
          let coords = getCoordsFromIndex(index);
          let coordX = uniforms.xShape[2] - coords[2] - 1;
          let outputValue = getX(coords[0], coords[1], coordX, coords[3]);
          setOutputAtIndex(index, outputValue);
        }
      }
    `}};var Cw={kernelName:Pi,backendName:"webgpu",kernelFunc:({inputs:r,backend:t})=>{let{image:e}=r,o=t,n=new Zp(e.shape);return o.runWebGPUProgram(n,[e],e.dtype)}};var RN=K({opType:_.FLOOR,cpuKernelImpl:Fy}),vw={kernelName:ir,backendName:"webgpu",kernelFunc:RN};var AN=at({opType:q.FLOOR_DIV,cpuKernelImpl:Py,dtype:"int32"}),Iw={kernelName:ar,backendName:"webgpu",kernelFunc:AN};var Qp=class{constructor(t,e,o=!1){this.pixelsOpType=Qe.FROM_PIXELS,this.outputShape=[0],this.variableNames=[],this.workgroupSize=[256,1,1],this.outputShape=t,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize,[e,1,1]),this.importVideo=o,this.shaderKey=`fromPixels_${this.importVideo}`}getUserCode(){let t=this.importVideo?"textureLoad(src, vec2<i32>(coords.yx));":"textureLoad(src, vec2<i32>(coords.yx), 0)";return`
      @binding(1) @group(0) var src: ${this.importVideo?"texture_external":"texture_2d<f32>"};
      ${A("index")} {
        let flatIndex = index * uniforms.numChannels;
        if (flatIndex < uniforms.size) {
          let coords = getCoordsFromIndex(flatIndex);
          let values = ${t};
          for (var i = 0; i < uniforms.numChannels; i = i + 1) {
            result[flatIndex + i] = i32(floor(255.0 * values[i]));
          }
        }
      }
  `}};var kw={kernelName:qm,backendName:"webgpu",kernelFunc:FN},cs,am=W().getBool("CANVAS2D_WILL_READ_FREQUENTLY_FOR_GPU");function FN(r){let{inputs:t,backend:e,attrs:o}=r,{pixels:n}=t,{numChannels:s}=o;if(n==null)throw new Error("pixels passed to tf.browser.fromPixels() can not be null");let i=typeof HTMLVideoElement<"u"&&n instanceof HTMLVideoElement,a=typeof HTMLImageElement<"u"&&n instanceof HTMLImageElement,p=typeof HTMLCanvasElement<"u"&&n instanceof HTMLCanvasElement||typeof OffscreenCanvas<"u"&&n instanceof OffscreenCanvas,u=typeof ImageBitmap<"u"&&n instanceof ImageBitmap,[c,l]=i?[n.videoWidth,n.videoHeight]:[n.width,n.height],m=[l,c,s],f=W().getBool("WEBGPU_IMPORT_EXTERNAL_TEXTURE")&&i,d=i||a;if(u||p||d){let T;if(f)T=e.device.importExternalTexture({source:n});else{if(d){let Q=W().getBool("CANVAS2D_WILL_READ_FREQUENTLY_FOR_GPU");(cs==null||Q!==am)&&(am=Q,cs=document.createElement("canvas").getContext("2d",{willReadFrequently:am})),cs.canvas.width=c,cs.canvas.height=l,cs.drawImage(n,0,0,c,l),n=cs.canvas}let L=GPUTextureUsage.COPY_DST|GPUTextureUsage.RENDER_ATTACHMENT|GPUTextureUsage.TEXTURE_BINDING,X=e.textureManager.acquireTexture(m[1],m[0],"rgba8unorm",L);e.queue.copyExternalImageToTexture({source:n},{texture:X},[m[1],m[0]]),T=X}let k=b.sizeFromShape(m),v=b.computeStrides(m),N=new Qp(m,s,f),R=[{type:"uint32",data:[k]},{type:"uint32",data:[s]},{type:"uint32",data:[...v]}],P=e.makeTensorInfo([l,c],"int32"),G=e.tensorMap.get(P.dataId);G.resource=T;let B=e.runWebGPUProgram(N,[P],"int32",R);return e.disposeData(P.dataId),B}let g=n.data,h=g;if(s!=null&&s!==4){h=new Uint8Array(n.width*n.height*s);let T=g.length,k=0;for(let v=0;v<T;v++)v%4<s&&(h[k++]=g[v])}let S=e.makeTensorInfo(m,"int32",new Int32Array(h));return e.uploadToGPU(S.dataId),S}var Jp=class{constructor(t,e,o,n,s){this.uniforms="varianceEpsilon : f32,",this.workgroupSize=[128,1,1],this.size=!0,this.variableNames=["x","mean","variance"],E.assertAndGetBroadcastShape(t,e),E.assertAndGetBroadcastShape(t,o),this.outputShape=t,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),n!=null&&(E.assertAndGetBroadcastShape(t,n),this.variableNames.push("offset")),s!=null&&(E.assertAndGetBroadcastShape(t,s),this.variableNames.push("scale")),this.offsetShape=n,this.scaleShape=s,this.shaderKey="batchNorm"}getUserCode(){let t="0.0";this.offsetShape!=null&&(t="getOffsetByOutputIndex(index)");let e="1.0";return this.scaleShape!=null&&(e="getScaleByOutputIndex(index)"),`
      ${A("index")} {
        if (index < uniforms.size)
        {
          let xValue = getXByOutputIndex(index);
          let meanValue = getMeanByOutputIndex(index);
          let varianValue = getVarianceByOutputIndex(index);
          let offsetValue = ${t};
          let scaleValue = ${e};
          let inv = scaleValue * inverseSqrt(varianValue + f32(uniforms.varianceEpsilon));
          setOutputAtIndex(index,dot(vec3<f32>(xValue, -meanValue, offsetValue), vec3<f32>(inv, inv, 1.0)));
        }
      }
  `}};var Tw={kernelName:_o,backendName:"webgpu",kernelFunc:({inputs:r,attrs:t,backend:e})=>{let{x:o,scale:n,offset:s,mean:i,variance:a}=r,{varianceEpsilon:p}=t,u=e,c=[o,i,a],l=null;s!=null&&(l=s.shape,c.push(s));let m=null;n!=null&&(m=n.shape,c.push(n));let f=new Jp(o.shape,i.shape,a.shape,l,m),d=[{type:"float32",data:[p]}];return u.runWebGPUProgram(f,c,o.dtype,d)}};function PN(r){let{inputs:t,backend:e,attrs:o}=r,{x:n,filter:s,bias:i,preluActivationWeights:a}=t,{strides:p,pad:u,dataFormat:c,dilations:l,dimRoundingMode:m,activation:f,leakyreluAlpha:d}=o,g=E.convertConv2DDataFormat(c),h=E.computeConv2DInfo(n.shape,s.shape,p,l,u,m,!1,g);return Rp({x:n,filter:s,convInfo:h,backend:e,bias:i,preluActivationWeights:a,leakyreluAlpha:d,activation:f})}var Nw={kernelName:Is,backendName:"webgpu",kernelFunc:PN};function MN(r){let{inputs:t,backend:e,attrs:o}=r,{x:n,filter:s,bias:i,preluActivationWeights:a}=t,{strides:p,pad:u,dilations:c,dimRoundingMode:l,activation:m,leakyreluAlpha:f}=o,d=c;d==null&&(d=[1,1]),b.assert(E.eitherStridesOrDilationsAreOne(p,d),()=>`Error in depthwiseConv2d: Either strides or dilations must be 1. Got strides ${p} and dilations '${d}'`);let g=E.computeConv2DInfo(n.shape,s.shape,p,d,u,l,!0),h=[n,s],S=i!=null,T=a!=null;S&&h.push(i),T&&h.push(a);let k=[{type:"int32",data:[g.padInfo.top,g.padInfo.left]},{type:"int32",data:[g.inHeight,g.inWidth]}],v;return g.outHeight>4&&g.outWidth>4&&g.strideWidth<=2&&g.inChannels===g.outChannels&&g.dilationHeight===1&&g.dilationWidth===1&&g.inChannels%4===0?(v=new us(g,S,m,T),k.push({type:"int32",data:[v.virtualWidth]})):(v=new ls(g,S,m,T),k.push({type:"int32",data:[g.filterHeight]},{type:"int32",data:[g.filterWidth]},{type:"int32",data:[g.strideHeight,g.strideWidth]},{type:"int32",data:[g.dilationHeight,g.dilationWidth]})),m==="leakyrelu"&&(k.push({type:"float32",data:[f]}),v.uniforms+=" alpha : f32,"),e.runWebGPUProgram(v,h,"float32",k)}var Dw={kernelName:ks,backendName:"webgpu",kernelFunc:MN};var tu=class{constructor(t,e){this.variableNames=["A","indices"],this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=e,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.shaderKey=`gathernd_${t}`,this.sliceDim=t,this.uniforms=`sliceDim : i32, strides : ${dt(t)},`}getUserCode(){let t;return this.sliceDim>1?t="uniforms.strides[j]":t="uniforms.strides",`
      ${A("index")} {
        if (index < uniforms.size) {
          let coords = getCoordsFromIndex(index);
          var flattenIndex = 0;
          for (var j = 0; j < uniforms.sliceDim; j = j + 1) {
            let indexTemp = i32(round(getIndices(coords[0], j)));
            let strideNum = ${t};
            flattenIndex = flattenIndex + indexTemp * strideNum;
          }

          setOutputAtIndex(index, getA(flattenIndex, coords[1]));
        }
      }
      `}};function _N(r){let{inputs:t,backend:e}=r,{params:o,indices:n}=t,s=n.shape,i=s[s.length-1],a=b.sizeFromShape(o.shape),[p,u,c,l]=E.prepareAndValidate(o,n),m=O({inputs:{x:n},backend:e,attrs:{shape:[u,i]}}),f=O({inputs:{x:o},backend:e,attrs:{shape:[b.sizeFromShape(o.shape)/c,c]}});if(e.shouldExecuteOnCPU([o,n])||o.dtype==="string"){let T=e.readSync(n.dataId),k=e.bufferSync(o),v=My(T,k,o.dtype,u,i,c,l,o.shape,a);return e.makeTensorInfo(p,o.dtype,v.values)}let d=new tu(i,[u,c]),g=[{type:"int32",data:[i]},{type:"int32",data:l}],h=e.runWebGPUProgram(d,[f,m],f.dtype,g),S=O({inputs:{x:h},backend:e,attrs:{shape:p}});return e.disposeData(m.dataId),e.disposeData(f.dataId),e.disposeData(h.dataId),S}var Ew={kernelName:Rm,backendName:"webgpu",kernelFunc:_N};var eu=class{constructor(t,e){this.variableNames=["A","indices"],this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=t.slice(),this.aShape=t,this.outputShape=e,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.shaderKey="gather"}getUserCode(){let t=GN(this.aShape);return`
      ${A("index")} {
        if (index < uniforms.size) {
          let resRC = getCoordsFromIndex(index);
          let indexZ = i32(getIndices(resRC.x, resRC.z));
          let inBounds = select(0.0, 1.0, indexZ >= 0 && indexZ < uniforms.aShape[2]);
          setOutputAtIndex(index, inBounds * getA(${t}));
        }
      }
    `}};function GN(r){let t=["resRC.x","resRC.y","resRC.z","resRC.w"],e=[];for(let o=0;o<r.length;o++)o===2?e.push("indexZ"):e.push(`${t[o]}`);return e.join()}function pm(r){let{inputs:t,backend:e,attrs:o}=r,{x:n,indices:s}=t,{axis:i,batchDims:a}=o,p=b.parseAxisParam(i,n.shape)[0],u=E.segment_util.collectGatherOpShapeInfo(n,s,p,a),c=b.sizeFromShape(s.shape),l=[],m=O({inputs:{x:n},backend:e,attrs:{shape:[u.batchSize,u.outerSize,u.dimSize,u.sliceSize]}}),f=O({inputs:{x:s},backend:e,attrs:{shape:[u.batchSize,c/u.batchSize]}});l.push(m),l.push(f);let d=[u.batchSize,u.outerSize,c/u.batchSize,u.sliceSize];if(e.shouldExecuteOnCPU([n,s])){let k=e.tensorMap.get(f.dataId).values,v=pt(f.shape,f.dtype,k),R=e.tensorMap.get(m.dataId).values,P=pt(m.shape,m.dtype,R),G=_y(P,v,d);return l.forEach(B=>e.disposeData(B.dataId)),e.makeTensorInfo(u.outputShape,G.dtype,G.values)}let g=new eu(m.shape,d),h=e.runWebGPUProgram(g,[m,f],m.dtype);l.push(h);let S=O({inputs:{x:h},backend:e,attrs:{shape:u.outputShape}});return l.forEach(T=>e.disposeData(T.dataId)),S}var $w={kernelName:Go,backendName:"webgpu",kernelFunc:pm};var BN=at({opType:q.GREATER,cpuKernelImpl:By,dtype:"bool"}),Rw={kernelName:Bo,backendName:"webgpu",kernelFunc:BN};var zN=at({opType:q.GREATER_EQUAL,dtype:"bool",cpuKernelImpl:Gy}),Aw={kernelName:pr,backendName:"webgpu",kernelFunc:zN};function LN(r){let{inputs:t,backend:e}=r,{input:o}=t;return Yp(o,!0,e)}var Fw={kernelName:Mi,backendName:"webgpu",kernelFunc:LN};var ON=K({opType:_.IS_FINITE,dtype:"bool"}),Pw={kernelName:zo,backendName:"webgpu",kernelFunc:ON};var UN=K({opType:_.IS_INF,dtype:"bool"}),Mw={kernelName:Lo,backendName:"webgpu",kernelFunc:UN};var WN=K({opType:_.IS_NAN,dtype:"bool"}),_w={kernelName:Oo,backendName:"webgpu",kernelFunc:WN};function VN(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{alpha:s}=o,i=[{type:"float32",data:[s]}],a=new ee(n.shape,_.LEAKYRELU,"alpha : f32,");return e.runWebGPUProgram(a,[n],"float32",i)}var Gw={kernelName:Uo,backendName:"webgpu",kernelFunc:VN};var HN=at({opType:q.LESS,dtype:"bool",cpuKernelImpl:Ly}),Bw={kernelName:Wo,backendName:"webgpu",kernelFunc:HN};var qN=at({opType:q.LESS_EQUAL,dtype:"bool",cpuKernelImpl:zy}),zw={kernelName:Vo,backendName:"webgpu",kernelFunc:qN};var ru=class{constructor(t){this.variableNames=[],this.outputShape=[],this.uniforms="start : f32, step : f32,",this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=[t],this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.shaderKey="linSpace"}getUserCode(){return`
      ${A("index")} {
        if (index < uniforms.size) {
          setOutputAtIndex(index, uniforms.start + f32(index) * uniforms.step);
        }
      }
    `}};function KN(r){let{backend:t,attrs:e}=r,{start:o,stop:n,num:s}=e,i=(n-o)/(s-1),a=new ru(s),p=[{type:"float32",data:[o]},{type:"float32",data:[i]}];return t.runWebGPUProgram(a,[],"float32",p)}var Lw={kernelName:Am,backendName:"webgpu",kernelFunc:KN};var XN=K({opType:_.LOG,cpuKernelImpl:Oy}),Ow={kernelName:"Log",backendName:"webgpu",kernelFunc:XN};var jN=K({opType:_.LOG1P}),Uw={kernelName:Ho,backendName:"webgpu",kernelFunc:jN};var YN=at({opType:q.LOGICAL_AND,dtype:"bool"}),Ww={kernelName:Gi,backendName:"webgpu",kernelFunc:YN};var ZN=K({opType:_.LOGICAL_NOT}),Vw={kernelName:Bi,backendName:"webgpu",kernelFunc:ZN};var QN=at({opType:q.LOGICAL_OR}),Hw={kernelName:zi,backendName:"webgpu",kernelFunc:QN};var qw=`
  var powValue = 0.0;
  let basis = uniforms.bias + uniforms.alpha * sum;
  if (uniforms.beta == 0.5) {
    powValue = inverseSqrt(basis);
  } else if (uniforms.beta == 1.0) {
    powValue = 1.0 / basis;
  } else {
    powValue = exp(log(basis) * (-uniforms.beta));
  }
`,ou=class{constructor(t){this.outputShape=[],this.variableNames=["x"],this.uniforms="radius : i32, bias : f32, alpha : f32, beta : f32,",this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=t,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.shaderKey="lrn"}getUserCode(){return`
    ${A("index")} {
      if (index < uniforms.size) {
        let coords = getOutputCoords();
        let b = coords[0];
        let r = coords[1];
        let c = coords[2];
        let d = coords[3];

        let x = getX(b, r, c, d);
        var sum = 0.0;
        for (var i = -uniforms.radius; i <= uniforms.radius; i = i + 1) {
          let idx = d + i;
          if (idx >= 0 && idx < uniforms.xShape[3]) {
            let z = getX(b, r, c, idx);
            sum = sum + z * z;
          }
        }
        ${qw}

        setOutputAtIndex(index, x * powValue);
      }
    }
  `}},nu=class{constructor(t,e){this.outputShape=[],this.variableNames=["x"],this.uniforms="radius : i32, bias : f32, alpha : f32, beta : f32,",this.workgroupSize=[256,1,1],this.maxAllowRadius=16,b.assert(e<=this.maxAllowRadius,()=>`Radius must be less than or equal to ${this.maxAllowRadius}, current radius is ${e}`),this.outputShape=t,this.elementsPerWorkgroup=this.workgroupSize[0]-2*this.maxAllowRadius,this.dispatchLayout={x:[3],y:[2],z:[0,1]},this.dispatch=F(this.dispatchLayout,this.outputShape,[this.elementsPerWorkgroup,this.workgroupSize[1],this.workgroupSize[2]]),this.shaderKey="lrn_shared"}getUserCode(){return`
    var <workgroup>lrnSub: array<f32, ${this.workgroupSize[0]}>;
    const elementsPerWorkgroup = ${this.elementsPerWorkgroup};
    const maxAllowRadius = ${this.maxAllowRadius};

    ${A()} {
      let localDepth = i32(localId.x);
      let workgroupDepth = i32(workgroupId.x) * elementsPerWorkgroup;
      let xDepth = workgroupDepth + localDepth - maxAllowRadius;
      let b = i32(globalId.z) / uniforms.xShape[1];
      let r = i32(globalId.z) - b * uniforms.xShape[1];
      let c = i32(globalId.y);
      let d = workgroupDepth + localDepth;

      var x = 0.0;
      if (xDepth >= 0 && xDepth < uniforms.xShape[3]) {
        x = getX(b, r, c, xDepth);
      }
      lrnSub[localDepth] = x;
      workgroupBarrier();

      if (localDepth < elementsPerWorkgroup && d < uniforms.outShape[3]) {
        var sum = 0.0;
        let index = localDepth + maxAllowRadius;
        for (var i = -uniforms.radius; i <= uniforms.radius; i = i + 1) {
          let z = lrnSub[index + i];
          sum = sum + z * z;
        }
        ${qw}

        setOutputAtCoords(b, r, c, d, lrnSub[index] * powValue);
      }
    } `}};function JN(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{depthRadius:s,bias:i,alpha:a,beta:p}=o,u;s>16?u=new ou(n.shape):u=new nu(n.shape,s);let c=[{type:"int32",data:[s]},{type:"float32",data:[i]},{type:"float32",data:[a]},{type:"float32",data:[p]}];return e.runWebGPUProgram(u,[n],n.dtype,c)}var Kw={kernelName:"LRN",backendName:"webgpu",kernelFunc:JN};var su=class{constructor(t){this.outputShape=[],this.variableNames=["inputImage","outputImage","dy"],this.uniforms="depthRadius : i32, bias : f32, alpha : f32, beta : f32,",this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=t,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.shaderKey="lrn_grad"}getUserCode(){return`
    ${A("index")} {
      if (index < uniforms.size) {
        let coords = getOutputCoords();
        let b = coords[0];
        let r = coords[1];
        let c = coords[2];

        let MIN_DEPTH_BEGIN = 0;
        let MAX_DEPTH_END = uniforms.outShape[3];
        var result = 0.0;
        for (var d = MIN_DEPTH_BEGIN; d < MAX_DEPTH_END; d++) {
          let depthBegin = max(MIN_DEPTH_BEGIN, d - uniforms.depthRadius);
          let depthEnd = min(MAX_DEPTH_END, d + uniforms.depthRadius + 1);

          var norm = 0.0;
          for (var k = MIN_DEPTH_BEGIN; k < MAX_DEPTH_END; k++) {
            if (k < depthBegin) {
              continue;
            } else if (k >= depthBegin && k < depthEnd) {
              norm += getInputImage(b, r, c, k) * getInputImage(b, r, c, k);
            } else {
              break;
            }
          }

          norm = uniforms.alpha * norm + uniforms.bias;

          for (var k = MIN_DEPTH_BEGIN; k < MAX_DEPTH_END; k++) {
            if (k < depthBegin) {
              continue;
            } else if (k >= depthBegin && k < depthEnd) {
              var dyi = -2.0 * uniforms.alpha * uniforms.beta
                * getInputImage(b, r, c, k) * getOutputImage(b, r, c, d) / norm;
              if (k == d) {
                dyi += pow(norm, -1.0 * uniforms.beta);
              }
              if (k == coords[3]) {
                dyi *= getDy(b, r, c, d);
                result += dyi;
              }
            } else {
              break;
            }
          }
        }

        setOutputAtIndex(index, result);
      }
    }
  `}};function tD(r){let{inputs:t,backend:e,attrs:o}=r,{x:n,y:s,dy:i}=t,{depthRadius:a,bias:p,alpha:u,beta:c}=o,l=new su(n.shape),m=[{type:"int32",data:[a]},{type:"float32",data:[p]},{type:"float32",data:[u]},{type:"float32",data:[c]}];return e.runWebGPUProgram(l,[n,s,i],n.dtype,m)}var Xw={kernelName:Li,backendName:"webgpu",kernelFunc:tD};var eD=at({opType:q.MAX,cpuKernelImpl:Wy}),jw={kernelName:ur,backendName:"webgpu",kernelFunc:eD};function rD(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{filterSize:s,strides:i,pad:a,dimRoundingMode:p}=o,c=E.computePool2DInfo(n.shape,s,i,1,a,p);return yp(n,c,"max",e)}var Yw={kernelName:qo,backendName:"webgpu",kernelFunc:rD};function oD(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{filterSize:s,strides:i,pad:a,dataFormat:p,dimRoundingMode:u}=o,c=[1,1,1],l=E.computePool3DInfo(n.shape,s,i,c,a,u,p),m=new kr(l,"max"),f=[{type:"int32",data:[l.strideDepth,l.strideHeight,l.strideWidth]},{type:"int32",data:[l.padInfo.front,l.padInfo.top,l.padInfo.left]},{type:"int32",data:[l.inDepth,l.inHeight,l.inWidth]},{type:"int32",data:[l.effectiveFilterDepth,l.effectiveFilterHeight,l.effectiveFilterWidth]}];return e.runWebGPUProgram(m,[n],n.dtype,f)}var Zw={kernelName:Ui,backendName:"webgpu",kernelFunc:oD};var iu=class{constructor(t){this.variableNames=["dy","maxPos"],this.uniforms=`strides : vec2<i32>, pads : vec2<i32>, dilations : vec2<i32>, filterDims : vec2<i32>,
       outHeight : i32, outWidth : i32`,this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=t.inShape,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.shaderKey="maxPool2DBackprop"}getUserCode(){return`
      ${A("index")} {
      if (index < uniforms.size) {
        let coords = getCoordsFromIndex(index);
        let batch = coords[0];
        let d = coords[3];

        let dyRCCorner = vec2<i32>(coords.yz) - uniforms.pads;
        let dyRCorner = dyRCCorner.x;
        let dyCCorner = dyRCCorner.y;

        // Convolve dy(?, ?, d) with pos mask(:, :, d) to get dx(xR, xC, d).
        // ? = to be determined. : = across all values in that axis.
        var dotProd = 0.0;
        let lastIndex = uniforms.filterDims[0] * uniforms.filterDims[1] - 1;
        for (var wR = 0; wR < uniforms.filterDims[0]; wR += uniforms.dilations[0]) {
          let dyR = f32(dyRCorner + wR) / f32(uniforms.strides[0]);

          if (dyR < 0.0 || dyR >= f32(uniforms.outHeight) || fract(dyR) > 0.0) {
            continue;
          }
          let idyR = i32(dyR);

          for (var wC = 0; wC < uniforms.filterDims[1]; wC += uniforms.dilations[1]) {
            let dyC = f32(dyCCorner + wC) / f32(uniforms.strides[1]);

            if (dyC < 0.0 || dyC >= f32(uniforms.outWidth) || fract(dyC) > 0.0) {
              continue;
            }
            let idyC = i32(dyC);

            let dyValue = getDy(batch, idyR, idyC, d);
            let maxPosValue = lastIndex - i32(getMaxPos(batch, idyR, idyC, d));

            // Get the current value, check it against the value from the
            // position matrix.
            let curPosValue = wR * uniforms.filterDims[1] + wC;
            let mask = select(0.0, 1.0, maxPosValue == curPosValue);
            dotProd += dyValue * mask;
          }
        }
        setOutputAtIndex(index, dotProd);
      }
    }
    `}},au=class{constructor(t){this.variableNames=["dy","maxPos"],this.uniforms=`strides : vec3<i32>, pads : vec3<i32>, filterDims : vec3<i32>,
      outDepth : i32, outHeight : i32, outWidth : i32`,this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=t.inShape,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.shaderKey="maxPool3DBackprop"}getUserCode(){return`
      ${A("index")} {
      if (index < uniforms.size) {
        let coords = getCoordsFromIndex(index);
        let batch = coords.x;
        let ch = coords.u;

        let dyCorner = vec3<i32>(coords.y, coords.z, coords.w) - uniforms.pads;
        let dyDCorner = dyCorner.x;
        let dyRCorner = dyCorner.y;
        let dyCCorner = dyCorner.z;

        // Convolve dy(?, ?, ?, ch) with pos mask(:, :, :, d) to get
        // dx(xD, xR, xC, ch).
        // ? = to be determined. : = across all values in that axis.
        var dotProd = 0.0;
        let lastIndex = uniforms.filterDims[0] * uniforms.filterDims[1] * uniforms.filterDims[2] - 1;

        for (var wD = 0; wD < uniforms.filterDims[0]; wD++) {
          let dyD = f32(dyDCorner + wD) / f32(uniforms.strides[0]);

          if (dyD < 0.0 || dyD >= f32(uniforms.outDepth) || fract(dyD) > 0.0) {
            continue;
          }
          let idyD = i32(dyD);

          for (var wR = 0; wR < uniforms.filterDims[1]; wR++) {
            let dyR = f32(dyRCorner + wR) / f32(uniforms.strides[1]);

            if (dyR < 0.0 || dyR >= f32(uniforms.outHeight) || fract(dyR) > 0.0) {
              continue;
            }
            let idyR = i32(dyR);

            for (var wC = 0; wC < uniforms.filterDims[2]; wC++) {
              let dyC = f32(dyCCorner + wC) / f32(uniforms.strides[2]);

              if (dyC < 0.0 || dyC >= f32(uniforms.outWidth) || fract(dyC) > 0.0) {
                continue;
              }
              let idyC = i32(dyC);

              let dyValue = getDy(batch, idyD, idyR, idyC, ch);
              let maxPosValue = lastIndex - i32(getMaxPos(batch, idyD, idyR, idyC, ch));

              // Get the current value, check it against the value from the
              // position matrix.
              let curPosValue = wD * uniforms.filterDims[1] * uniforms.filterDims[2] + wR * uniforms.filterDims[2] + wC;
              let mask = select(0.0, 1.0, maxPosValue == curPosValue);
              dotProd += dyValue * mask;
            }
          }
        }

        setOutputAtIndex(index, dotProd);
      }
    }
    `}};function nD(r){let{inputs:t,backend:e,attrs:o}=r,{dy:n,input:s}=t,i=s,{filterSize:a,strides:p,pad:u,dimRoundingMode:c}=o,l=[1,1,1],m=E.computePool3DInfo(i.shape,a,p,l,u,c),f=new kr(m,"max",!0),d=[{type:"int32",data:[m.strideDepth,m.strideHeight,m.strideWidth]},{type:"int32",data:[m.padInfo.front,m.padInfo.top,m.padInfo.left]},{type:"int32",data:[m.inDepth,m.inHeight,m.inWidth]},{type:"int32",data:[m.effectiveFilterDepth,m.effectiveFilterHeight,m.effectiveFilterWidth]}],g=e.runWebGPUProgram(f,[i],"int32",d),h=new au(m);d=[{type:"int32",data:[m.strideDepth,m.strideHeight,m.strideWidth]},{type:"int32",data:[m.effectiveFilterDepth-1-m.padInfo.front,m.effectiveFilterHeight-1-m.padInfo.top,m.effectiveFilterWidth-1-m.padInfo.left]},{type:"int32",data:[m.effectiveFilterDepth,m.effectiveFilterHeight,m.effectiveFilterWidth]},{type:"int32",data:[m.outDepth]},{type:"int32",data:[m.outHeight]},{type:"int32",data:[m.outWidth]}];let S=e.runWebGPUProgram(h,[n,g],i.dtype,d);return e.disposeData(g.dataId),S}var Qw={kernelName:Wi,backendName:"webgpu",kernelFunc:nD};function sD(r){let{inputs:t,backend:e,attrs:o}=r,{dy:n,input:s,output:i}=t,a=s;op([s,i],"maxPoolGrad");let{filterSize:p,strides:u,pad:c,dimRoundingMode:l}=o,m=E.computePool2DInfo(a.shape,p,u,1,c,l),f=new Le(m,"max",!0),d=[{type:"int32",data:[m.strideHeight,m.strideWidth]},{type:"int32",data:[m.padInfo.top,m.padInfo.left]},{type:"int32",data:[m.dilationHeight,m.dilationWidth]},{type:"int32",data:[m.inHeight,m.inWidth]},{type:"int32",data:[m.effectiveFilterHeight,m.effectiveFilterWidth]}],g=e.runWebGPUProgram(f,[a],"int32",d),h=new iu(m);d=[{type:"int32",data:[m.strideHeight,m.strideWidth]},{type:"int32",data:[m.effectiveFilterHeight-1-m.padInfo.top,m.effectiveFilterWidth-1-m.padInfo.left]},{type:"int32",data:[m.dilationHeight,m.dilationWidth]},{type:"int32",data:[m.effectiveFilterHeight,m.effectiveFilterWidth]},{type:"int32",data:[m.outHeight]},{type:"int32",data:[m.outWidth]}];let S=e.runWebGPUProgram(h,[n,g],a.dtype,d);return e.disposeData(g.dataId),S}var Jw={kernelName:Oi,backendName:"webgpu",kernelFunc:sD};function iD(r){let{inputs:t,backend:e,attrs:o}=r,{filterSize:n,strides:s,pad:i,includeBatchInIndex:a}=o,{x:p}=t;b.assert(p.shape.length===4,()=>`Error in maxPool: input must be rank 4 but got rank ${p.shape.length}.`);let u=[1,1];b.assert(E.eitherStridesOrDilationsAreOne(s,u),()=>`Error in maxPool: Either strides or dilations must be 1. Got strides ${s} and dilations '${u}'`);let c=E.computePool2DInfo(p.shape,n,s,u,i),l=[{type:"int32",data:[c.strideHeight,c.strideWidth]},{type:"int32",data:[c.padInfo.top,c.padInfo.left]},{type:"int32",data:[c.dilationHeight,c.dilationWidth]},{type:"int32",data:[c.inHeight,c.inWidth]},{type:"int32",data:[c.effectiveFilterHeight,c.effectiveFilterWidth]}],m=new Le(c,"max",!1),f=e.runWebGPUProgram(m,[p],p.dtype,l);m=new Le(c,"max",!0,!0,a);let d=e.runWebGPUProgram(m,[p],"int32",l);return[f,d]}var tS={kernelName:Pm,backendName:"webgpu",kernelFunc:iD};function aD(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{axis:s,keepDims:i}=o;return re(n,s,i,"min",e)}var eS={kernelName:"Min",backendName:"webgpu",kernelFunc:aD};var pD=at({opType:q.MIN,cpuKernelImpl:Vy}),rS={kernelName:lr,backendName:"webgpu",kernelFunc:pD};var pu=class{constructor(t,e,o){this.uniforms="",this.variableNames=["x"],this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=e.map((n,s)=>n[0]+t[s]+n[1]),this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.xShape=t,e.map((n,s)=>{this.uniforms+=` pad${s} : vec2<i32>,`}),this.offset=o==="reflect"?0:1,this.shaderKey=`mirrorPad_${o}`}getUserCode(){let t=this.xShape.length,e=this.xShape.map((u,c)=>`uniforms.pad${c}[0]`).join(","),o=this.xShape.map((u,c)=>`uniforms.pad${c}[0] + uniforms.xShape${t>1?`[${c}]`:""}`).join(","),n=t===1?"start":"start[i]",s=t===1?"end":"end[i]",i=t===1?"outC":"outC[i]",a=dt(t),p=t>1?["coords[0]","coords[1]","coords[2]","coords[3]"].slice(0,t):"coords";return`
      ${A("index")} {
        if (index < uniforms.size) {
          let start = ${a}(${e});
          let end = ${a}(${o});
          var outC = getCoordsFromIndex(index);
          for (var i = 0; i < ${t}; i = i + 1) {
            if (${i} < ${n}) {
              ${i} = ${n} * 2 - ${i} - ${this.offset};
            } else if(${i} >= ${s}) {
              ${i} = (${s} - 1) * 2 - ${i} + ${this.offset};
            }
          }
          let coords = outC - start;
          setOutputAtIndex(index, getX(${p}));
        }
      }
    `}};var oS={kernelName:Xo,backendName:"webgpu",kernelFunc:({inputs:r,attrs:t,backend:e})=>{let{x:o}=r,{paddings:n,mode:s}=t,i=e,a=n.map(c=>({type:"int32",data:[c[0],c[1]]})),p=new pu(o.shape,n,s);return i.runWebGPUProgram(p,[o],o.dtype,a)}};var uD=at({opType:q.MOD}),nS={kernelName:"Mod",backendName:"webgpu",kernelFunc:uD};var uu=class{constructor(t,e){this.variableNames=["probs"],this.outputShape=[],this.uniforms="seed : f32, numOutcomes: i32,",this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=[t,e],this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.shaderKey="multinomial"}getUserCode(){return`
    //Based on the work of Dave Hoskins
    //https://www.shadertoy.com/view/4djSRW
    fn random (seed : f32, resultUV : vec2<f32>) -> f32 {
      let HASHSCALE1 = 443.8975;
      let p = resultUV * seed;
      var p3  = fract(vec3<f32>(p.xyx) * HASHSCALE1);
      p3 = p3 + dot(p3, p3.yzx + 19.19);
      return fract((p3.x + p3.y) * p3.z);
    }

    ${A("index")} {
      if (index < uniforms.size) {
        let coords = getOutputCoords();
        let batch = coords[0];

        let resUV = vec2<f32>(f32(coords[1]) / f32(uniforms.outShape[1]),
            f32(coords[0]) / f32(uniforms.outShape[0]));
        let r = random(uniforms.seed, resUV);
        var cdf = 0.0;
        for (var i = 0; i < uniforms.numOutcomes - 1; i = i + 1) {
          cdf = cdf + getProbs(batch, i);

          if (r < cdf) {
            setOutputAtIndexI32(index, i);
            return;
          }
        }

        // If no other event happened, last event happened.
        setOutputAtIndexI32(index, uniforms.numOutcomes - 1);
      }
    }
  `}};var lu=class{constructor(t){this.variableNames=["logits"],this.outputShape=t,this.dispatchLayout=M(this.outputShape),this.dispatch=[this.outputShape[0],1,1],this.outputShape[1]>=4096?this.workgroupSize=[256,1,1]:this.workgroupSize=[64,1,1],this.shaderKey="softmax"}getUserCode(){return`
    var<workgroup> buf : array<f32, ${this.workgroupSize[0]}>;
    var<workgroup> rowMaxShared : f32;
    var<workgroup> rowSumShared : f32;
    const blockSize = ${this.workgroupSize[0]};
    ${A("index")} {
      let row = index / blockSize;
      let tid = i32(localId.x);
      let cols = uniforms.outShape[1];

      var threadMax = -3.402823e+38f;
      for (var col = tid; col < cols; col += blockSize) {
        let value = getLogits(row, col);
        threadMax = max(threadMax, value);
      }
      if (tid < cols) {
        buf[tid] = threadMax;
      }
      workgroupBarrier();

      var reduceSize = min(cols, blockSize);
      for (var currSize = reduceSize >> 1;  currSize > 0; currSize = reduceSize >> 1) {
        reduceSize = currSize + (reduceSize & 1);
        if (tid < currSize) {
          buf[tid] = max(buf[tid], buf[tid + reduceSize]);
        }
        workgroupBarrier();
      }

      if (tid == 0) {
        rowMaxShared = buf[0];
      }
      workgroupBarrier();

      var threadSum = 0.0;
      for (var col = tid; col < cols; col += blockSize) {
        let subExp = exp(getLogits(row, col) - rowMaxShared);
        threadSum += subExp;
      }
      buf[tid] = threadSum;
      workgroupBarrier();

      for (var currSize = blockSize >> 1;  currSize > 0; currSize = currSize >> 1) {
        if (tid < currSize) {
          buf[tid] = buf[tid] + buf[tid + currSize];
        }
        workgroupBarrier();
      }

      if (tid == 0) {
        rowSumShared = buf[0];
      }
      workgroupBarrier();

      for (var col = tid; col < cols; col += blockSize) {
        let value = exp(getLogits(row, col) - rowMaxShared) / rowSumShared;
        setOutputAtCoords(row, col, value);
      }
  }
    `}};function um(r){let{inputs:t,backend:e,attrs:o}=r,{logits:n}=t,{dim:s}=o,i=O({inputs:{x:n},backend:e,attrs:{shape:[b.sizeFromShape(n.shape)/n.shape[s],n.shape[s]]}}),a=new lu(i.shape),p=e.runWebGPUProgram(a,[i],n.dtype),u=O({inputs:{x:p},backend:e,attrs:{shape:n.shape}});return e.disposeData(i.dataId),e.disposeData(p.dataId),u}var sS={kernelName:xn,backendName:"webgpu",kernelFunc:um};function lD(r){let{inputs:t,backend:e,attrs:o}=r,{logits:n}=t,{numSamples:s,seed:i,normalized:a}=o,p=a?n:um({inputs:{logits:n},backend:e,attrs:{dim:n.shape.length-1}}),u=p.shape[0],c=p.shape[1],l=new uu(u,s),m=[{type:"float32",data:[i]},{type:"int32",data:[c]}],f=e.runWebGPUProgram(l,[p],"int32",m);return a||e.disposeData(p.dataId),f}var iS={kernelName:Mm,backendName:"webgpu",kernelFunc:lD};function cD(r){let{inputs:t,backend:e}=r,{x:o}=t;if(e.shouldExecuteOnCPU([o])){let s=e.tensorMap.get(o.dataId),[i,a]=qy(s.values,o.shape,o.dtype);return e.makeTensorInfo(a,o.dtype,i)}let n=new ee(o.shape,_.NEG);return e.runWebGPUProgram(n,[o],o.dtype)}var aS={kernelName:"Neg",backendName:"webgpu",kernelFunc:cD};function mD(r){console.warn("tf.nonMaxSuppression() in webgpu locks the UI thread. Call tf.nonMaxSuppressionAsync() instead");let{inputs:t,backend:e,attrs:o}=r,{boxes:n,scores:s}=t,{maxOutputSize:i,iouThreshold:a,scoreThreshold:p}=o,u=e.readSync(n.dataId),c=e.readSync(s.dataId),{selectedIndices:l}=es.nonMaxSuppressionV3Impl(u,c,i,a,p);return e.makeTensorInfo([l.length],"int32",new Int32Array(l))}var pS={kernelName:Vi,backendName:"webgpu",kernelFunc:mD};function fD(r){console.warn("tf.nonMaxSuppression() in webgpu locks the UI thread. Call tf.nonMaxSuppressionAsync() instead");let{inputs:t,backend:e,attrs:o}=r,{boxes:n,scores:s}=t,{maxOutputSize:i,iouThreshold:a,scoreThreshold:p,softNmsSigma:u}=o,c=e.readSync(n.dataId),l=e.readSync(s.dataId),m=i,f=a,d=p,g=u,{selectedIndices:h,selectedScores:S}=es.nonMaxSuppressionV5Impl(c,l,m,f,d,g);return[e.makeTensorInfo([h.length],"int32",new Int32Array(h)),e.makeTensorInfo([S.length],"float32",new Float32Array(S))]}var uS={kernelName:Hi,backendName:"webgpu",kernelFunc:fD};var cu=class{constructor(t,e){this.variableNames=["x"],this.uniforms="onValue : f32, offValue : f32,",this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=[t,e],this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.shaderKey="onehot"}getUserCode(){return`
      ${A("index")} {
        if(index < uniforms.size) {
          let coords = getCoordsFromIndex(index);
          setOutputAtIndex(index, mix(uniforms.offValue, uniforms.onValue,
                                      f32(i32(round(getX(coords.x))) == coords.y)));
        }
      }
    `}};function dD(r){let{inputs:t,backend:e,attrs:o}=r,{indices:n}=t,{dtype:s,depth:i,onValue:a,offValue:p}=o,u=b.sizeFromShape(n.shape),c=new cu(u,i),l=O({inputs:{x:n},backend:e,attrs:{shape:[u]}}),m=[{type:"float32",data:[a]},{type:"float32",data:[p]}],f=e.runWebGPUProgram(c,[l],s,m);e.disposeData(l.dataId);let d=[...n.shape,i],g=O({inputs:{x:f},backend:e,attrs:{shape:d}});return e.disposeData(f.dataId),g}var lS={kernelName:Zo,backendName:"webgpu",kernelFunc:dD};function ai(r){let{inputs:t,backend:e}=r,{x:o}=t;if(o.dtype==="complex64"){let n=er({inputs:{input:o},backend:e}),s=ai({inputs:{x:n},backend:e}),i=ro({inputs:{input:o},backend:e}),a=ai({inputs:{x:i},backend:e}),p=ue({inputs:{real:s,imag:a},backend:e});return e.disposeData(n.dataId),e.disposeData(s.dataId),e.disposeData(i.dataId),e.disposeData(a.dataId),p}else return wt({attrs:{shape:o.shape,dtype:o.dtype,value:o.dtype==="string"?"":0},backend:e})}var cS={kernelName:Sn,backendName:"webgpu",kernelFunc:ai};function mS(r){let{inputs:t,backend:e}=r,{x:o}=t;if(o.dtype==="string")throw new Error("onesLike is not supported under string dtype");if(o.dtype==="complex64"){let n=er({inputs:{input:o},backend:e}),s=mS({inputs:{x:n},backend:e}),i=ro({inputs:{input:o},backend:e}),a=ai({inputs:{x:i},backend:e}),p=ue({inputs:{real:s,imag:a},backend:e});return e.disposeData(n.dataId),e.disposeData(s.dataId),e.disposeData(i.dataId),e.disposeData(a.dataId),p}else return wt({attrs:{shape:o.shape,dtype:o.dtype,value:1},backend:e})}var fS={kernelName:Yo,backendName:"webgpu",kernelFunc:mS};function hD(r){let{inputs:t,backend:e,attrs:o}=r,{axis:n}=o;if(t.length===1)return jp({inputs:{input:t[0]},backend:e,attrs:{dim:n}});let s=t[0].shape,i=t[0].dtype;t.forEach(c=>{b.assertShapesMatch(s,c.shape,"All tensors passed to stack must have matching shapes"),b.assert(i===c.dtype,()=>"All tensors passed to stack must have matching dtypes")});let a=[],p=t.map(c=>{let l=jp({inputs:{input:c},backend:e,attrs:{dim:n}});return a.push(l),l}),u=nm({inputs:p,backend:e,attrs:{axis:n}});return a.forEach(c=>e.disposeData(c.dataId)),u}var dS={kernelName:Qo,backendName:"webgpu",kernelFunc:hD};function lm(r,t=!1){let e=r.length,o=dt(e),n=r.map((l,m)=>`uniforms.pad${m}[0]`).join(","),s=r.map((l,m)=>`uniforms.pad${m}[0] + uniforms.xShape${e>1?`[${m}]`:""}`).join(","),i=e>1?`${o}(${n})`:`${n}`,a=e>1?`${o}(${s})`:`${s}`,p=e>1?"any(paddedCoords < start)":"paddedCoords < start",u=e>1?"any(paddedCoords >= end)":"paddedCoords >= end",c=e>1?["coords[0]","coords[1]","coords[2]","coords[3]"].slice(0,e):"coords";return`
        let start = ${i};
        let end = ${a};
        if (${p} || ${u}) {
          setOutputAtIndex(index, ${t?0:"uniforms.constantValue"});
        } else {
          let coords = paddedCoords - start;
          setOutputAtIndex(index, getX(${c}));
        }
  `}var mu=class{constructor(t,e){this.variableNames=["x"],this.uniforms="constantValue : f32,",this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=e.map((o,n)=>o[0]+t[n]+o[1]),this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),e.map((o,n)=>{this.uniforms+=` pad${n} : vec2<i32>,`}),this.xShape=t,this.shaderKey="pad"}getUserCode(){return`
      ${A("index")} {
        if (index < uniforms.size) {
          let paddedCoords = getCoordsFromIndex(index);
          ${lm(this.xShape)}
        }
      }
    `}};var gD=r=>{let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{paddings:s,constantValue:i}=o;if(s.every(u=>b.arraysEqual(u,[0,0])))return It({inputs:{x:n},backend:e});if(b.sizeFromShape(n.shape)===0){let u=s.map((c,l)=>c[0]+n.shape[l]+c[1]);return wt({backend:e,attrs:{shape:u,value:i,dtype:n.dtype}})}let a=[{type:"float32",data:[i]}];s.map(u=>a.push({type:"int32",data:[u[0],u[1]]}));let p=new mu(n.shape,s);return e.runWebGPUProgram(p,[n],n.dtype,a)},hS={kernelName:Jo,backendName:"webgpu",kernelFunc:gD};var xD=at({opType:q.POW}),gS={kernelName:"Pow",backendName:"webgpu",kernelFunc:xD};function yD(r){let{inputs:t,backend:e}=r,{x:o,alpha:n}=t,s=new tr(q.PRELU,o.shape,n.shape);return e.runWebGPUProgram(s,[o,n],"float32")}var xS={kernelName:tn,backendName:"webgpu",kernelFunc:yD};function bD(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{axis:s,keepDims:i}=o;return re(n,s,i,"prod",e)}var yS={kernelName:Rr,backendName:"webgpu",kernelFunc:bD};var wD=r=>{let{backend:t,attrs:e}=r,{start:o,stop:n,step:s,dtype:i}=e,a=jy(o,n,s,i);return t.makeTensorInfo([a.length],i,a)},bS={kernelName:qi,backendName:"webgpu",kernelFunc:wD};var SD=at({opType:q.DIV}),wS={kernelName:Fo,backendName:"webgpu",kernelFunc:SD};var CD=K({opType:_.RECIPROCAL}),SS={kernelName:en,backendName:"webgpu",kernelFunc:CD};var vD=K({opType:_.RELU}),CS={kernelName:rn,backendName:"webgpu",kernelFunc:vD};var ID=K({opType:_.RELU6}),vS={kernelName:an,backendName:"webgpu",kernelFunc:ID};var fu=class{constructor(t,e,o){this.variableNames=["x"],this.uniforms="adjustHeightWidth : vec2<f32>, halfPixelCenters : f32,",this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=[t[0],e,o,t[3]],this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.shaderKey="resizeBilinear"}getUserCode(){return`
      ${A("index")} {
        if (index < uniforms.size) {
        let coords = getCoordsFromIndex(index);
          let b = coords[0];
          let d = coords[3];
          let rc = coords.yz;

          let effectiveInSize = vec2<f32>(
            f32(uniforms.xShape.y) - uniforms.adjustHeightWidth[0],
            f32(uniforms.xShape.z) - uniforms.adjustHeightWidth[1]);

          let effectiveOutSize = vec2<f32>(
            f32(uniforms.outShape.y) - uniforms.adjustHeightWidth[0],
            f32(uniforms.outShape.z) - uniforms.adjustHeightWidth[1]);

          let effectiveInputOverOutputRatioRC =
              effectiveInSize / effectiveOutSize;

          // Fractional source index
          let sourceFracIndexRC =
            (vec2<f32>(rc) + vec2<f32>(uniforms.halfPixelCenters)) *
            effectiveInputOverOutputRatioRC - vec2<f32>(uniforms.halfPixelCenters);

          // Compute the four integer indices.
          let sourceFloorRC = vec2<i32>(sourceFracIndexRC);
          let sourceCeilRC = vec2<i32>(
            min(vec2<f32>(uniforms.xShape.yz) - vec2<f32>(1.0), ceil(sourceFracIndexRC)));

          let topLeft = getX(b, sourceFloorRC.x, sourceFloorRC.y, d);
          let bottomLeft = getX(b, sourceCeilRC.x, sourceFloorRC.y, d);
          let topRight = getX(b, sourceFloorRC.x, sourceCeilRC.y, d);
          let bottomRight = getX(b, sourceCeilRC.x, sourceCeilRC.y, d);

          let fracRC = sourceFracIndexRC - vec2<f32>(sourceFloorRC);

          let top = topLeft + (topRight - topLeft) * fracRC.y;
          let bottom = bottomLeft + (bottomRight - bottomLeft) * fracRC.y;
          let newValue = top + (bottom - top) * fracRC.x;

          setOutputAtIndex(index, newValue);
        }
      }
    `}};function kD(r){let{inputs:t,backend:e,attrs:o}=r,{images:n}=t,{alignCorners:s,size:i,halfPixelCenters:a}=o,[p,u]=i,c=s&&p>1?1:0,l=s&&u>1?1:0,f=[{type:"float32",data:[c,l]},{type:"float32",data:[a?.5:0]}],d=new fu(n.shape,p,u);return e.runWebGPUProgram(d,[n],"float32",f)}var IS={kernelName:sn,backendName:"webgpu",kernelFunc:kD};var du=class{constructor(t,e){this.variableNames=["dy"],this.uniforms=`effectiveXSize : vec2<i32>, effectiveYSize : vec2<i32>, heightScale : f32, widthScale : f32,
       invHeightScale : f32, invWidthScale : f32, winHeight : i32, winWidth : i32,`,this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=t,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.alignCorners=e,this.shaderKey=`resizeBilinearBackprop_${e}`}getUserCode(){return`
      ${A("index")} {
        if (index < uniforms.size) {
          let coords = getOutputCoords();
          let b = coords[0];
          let d = coords[3];
          let r = coords[1];
          let c = coords[2];

          var accumulator = 0.0;

          // Compute bounds for where in dy we will look
          let startRLerp = floor(f32(r) * uniforms.invHeightScale);
          let startDyR = i32(startRLerp - f32(uniforms.winHeight / 2));

          let startCLerp = floor(f32(c) * uniforms.invWidthScale);
          let startDyC = i32(startCLerp - f32(uniforms.winWidth / 2));

          // Loop over dy
          for (var dyROffset = 0; dyROffset < uniforms.winHeight; dyROffset++) {
            let dyR = startDyR + dyROffset;

            // Guard against the window exceeding the bounds of dy
            if (dyR < 0 || dyR >= uniforms.dyShape[1]) {
              continue;
            }

            for (var dyCOffset = 0; dyCOffset < uniforms.winWidth; dyCOffset++) {
              let dyC = startDyC + dyCOffset;

              // Guard against the window exceeding the bounds of dy
              if (dyC < 0 || dyC >= uniforms.dyShape[2]) {
                continue;
              }

              let dxR = f32(dyR) * uniforms.heightScale;
              let topDxRIndex = i32(floor(dxR));
              let bottomDxRIndex = i32(min(ceil(dxR), f32(uniforms.outShape[1] - 1)));
              let dxRLerp = dxR - f32(topDxRIndex);
              let inverseDxRLerp = 1.0 - dxRLerp;

              let dxC = f32(dyC) * uniforms.widthScale;
              let leftDxCIndex = i32(floor(dxC));
              let rightDxCIndex = i32(min(ceil(dxC), f32(uniforms.outShape[2] - 1)));
              let dxCLerp = dxC - f32(leftDxCIndex);
              let inverseDxCLerp = 1.0 - dxCLerp;

              if (r == topDxRIndex && c == leftDxCIndex) {
                // topLeft
                accumulator +=
                  getDy(b, dyR, dyC, d) * inverseDxRLerp * inverseDxCLerp;
              }

              if (r == topDxRIndex && c == rightDxCIndex) {
                // topRight
                accumulator += getDy(b, dyR, dyC, d) * inverseDxRLerp * dxCLerp;
              }

              if (r == bottomDxRIndex && c == leftDxCIndex) {
                // bottomLeft
                accumulator += getDy(b, dyR, dyC, d) * dxRLerp * inverseDxCLerp;
              }

              if (r == bottomDxRIndex && c == rightDxCIndex) {
                // bottomRight
                accumulator += getDy(b, dyR, dyC, d) * dxRLerp * dxCLerp;
              }
            }
          }
          // End loop over dy

          setOutputAtIndex(index, accumulator);
        }
      }
    `}};function TD(r){let{inputs:t,backend:e,attrs:o}=r,{images:n,dy:s}=t,{alignCorners:i}=o,[,a,p]=n.shape,[,u,c]=s.shape,l=[i&&u>1?a-1:a,i&&c>1?p-1:p],m=[i&&u>1?u-1:u,i&&c>1?c-1:c],f=l[0]/m[0],d=l[1]/m[1],g=1/f,h=1/d,S=Math.ceil(g)*2+2,T=Math.ceil(h)*2+2,k=new du(n.shape,i),v=[{type:"int32",data:l},{type:"int32",data:m},{type:"float32",data:[f]},{type:"float32",data:[d]},{type:"float32",data:[g]},{type:"float32",data:[h]},{type:"int32",data:[S]},{type:"int32",data:[T]}];return e.runWebGPUProgram(k,[s],s.dtype,v)}var kS={kernelName:Xi,backendName:"webgpu",kernelFunc:TD};var hu=class{constructor(t,e,o,n){this.variableNames=["x"],this.uniforms="adjustHeightWidth : vec2<f32>, roundBase : f32,",this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=[t[0],e,o,t[3]],this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.halfPixelCenters=n,this.shaderKey=`resizeNearest_${n}`}getUserCode(){let t;return this.halfPixelCenters?t="max((vec2<f32>(rc) + vec2<f32>(0.5)) * effectiveInputOverOutputRatioRC, vec2<f32>(0.0))":t="vec2<f32>(rc) * effectiveInputOverOutputRatioRC",`
      ${A("index")} {
        if (index < uniforms.size) {
          let coords = getCoordsFromIndex(index);
          let b = coords[0];
          let d = coords[3];
          let rc = coords.yz;

          let effectiveInSize = vec2<f32>(
            f32(uniforms.xShape.y) - uniforms.adjustHeightWidth[0],
            f32(uniforms.xShape.z) - uniforms.adjustHeightWidth[1]);

          let effectiveOutSize = vec2<f32>(
            f32(uniforms.outShape.y) - uniforms.adjustHeightWidth[0],
            f32(uniforms.outShape.z) - uniforms.adjustHeightWidth[1]);

          let effectiveInputOverOutputRatioRC =
              effectiveInSize / effectiveOutSize;

          // Fractional source index
          let sourceFracIndexRC = ${t};

          // Compute the coordinators of nearest neighbor point.
          let inputShapeRC = vec2<f32>(f32(uniforms.xShape.y), f32(uniforms.xShape.z));
          let sourceNearestRC = vec2<i32>(
            min(inputShapeRC - 1.0, floor(sourceFracIndexRC + uniforms.roundBase)));
          let newValue = getX(b, sourceNearestRC.x, sourceNearestRC.y, d);

          setOutputAtIndex(index, newValue);
        }
      }
    `}};function ND(r){let{inputs:t,backend:e,attrs:o}=r,{images:n}=t,{alignCorners:s,halfPixelCenters:i,size:a}=o,[p,u]=a,c=s&&p>1?1:0,l=s&&u>1?1:0,f=[{type:"float32",data:[c,l]},{type:"float32",data:[s?.5:0]}],d=new hu(n.shape,p,u,i);return e.runWebGPUProgram(d,[n],n.dtype,f)}var TS={kernelName:nn,backendName:"webgpu",kernelFunc:ND};var gu=class{constructor(t,e){this.variableNames=["dy"],this.uniforms=`effectiveXSize : vec2<i32>, effectiveYSize : vec2<i32>, invHeightScale : f32, invWidthScale : f32,
       winHeight : i32, winWidth : i32,`,this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=t,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.alignCorners=e,this.shaderKey=`resizeNearestNeigborBackprop_${e}`}getUserCode(){return`
      ${A("index")} {
        if (index < uniforms.size) {
          let coords = getOutputCoords();
          let b = coords[0];
          let d = coords[3];
          let r = coords[1];
          let c = coords[2];

          var accumulator = 0.0;

          // Compute bounds for where in dy we will look
          let startRLerp = floor(f32(r) * uniforms.invHeightScale);
          let startDyR = i32(floor(startRLerp - f32(uniforms.winHeight / 2)));

          let startCLerp = floor(f32(c) * uniforms.invWidthScale);
          let startDyC = i32(floor(startCLerp - f32(uniforms.winWidth / 2)));

          // Loop over dy
          for (var dyROffset = 0; dyROffset < uniforms.winHeight; dyROffset++) {
            let dyR = startDyR + dyROffset;

            // Guard against the window exceeding the bounds of dy
            if (dyR < 0 || dyR >= uniforms.dyShape[1]) {
              continue;
            }

            for (var dyCOffset = 0; dyCOffset < uniforms.winWidth; dyCOffset++) {
              let dyC = startDyC + dyCOffset;

              // Guard against the window exceeding the bounds of dy
              if (dyC < 0 || dyC >= uniforms.dyShape[2]) {
                continue;
              }

              let sourceFracRow = f32(uniforms.effectiveXSize[0]) *
                  (f32(dyR) / f32(uniforms.effectiveYSize[0]));

              let sourceFracCol = f32(uniforms.effectiveXSize[1]) *
                  (f32(dyC) / f32(uniforms.effectiveYSize[1]));

              let sourceNearestRow =
                  i32(min(f32(uniforms.outShape[1] - 1),
                  ${this.alignCorners?"floor(sourceFracRow + 0.5)":"floor(sourceFracRow)"}));

              let sourceNearestCol =
                  i32(min(f32(uniforms.outShape[2] - 1),
                  ${this.alignCorners?"floor(sourceFracCol + 0.5)":"floor(sourceFracCol)"}));

              if (r == sourceNearestRow && c == sourceNearestCol) {
                accumulator += getDy(b, dyR, dyC, d);
              }
            }
          }
          // End loop over dy

          setOutputAtIndex(index, accumulator);
        }
      }
    `}};function DD(r){let{inputs:t,backend:e,attrs:o}=r,{images:n,dy:s}=t,{alignCorners:i}=o,[,a,p]=n.shape,[,u,c]=s.shape,l=[i&&u>1?a-1:a,i&&c>1?p-1:p],m=[i&&u>1?u-1:u,i&&c>1?c-1:c],f=l[0]/m[0],d=l[1]/m[1],g=1/f,h=1/d,S=Math.ceil(g)*2+2,T=Math.ceil(h)*2+2,k=new gu(n.shape,i),v=[{type:"int32",data:l},{type:"int32",data:m},{type:"float32",data:[g]},{type:"float32",data:[h]},{type:"int32",data:[S]},{type:"int32",data:[T]}];return e.runWebGPUProgram(k,[s],s.dtype,v)}var NS={kernelName:Ki,backendName:"webgpu",kernelFunc:DD};var xu=class{constructor(t){this.variableNames=["x"],this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=t,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.uniforms=" axis : vec4<i32>,",this.shaderKey="reverse"}getUserCode(){return`
      
      // Using uniform variables as judging conditions, so the function has
      // coherent execution within all threads.
      fn getReverseCoords(coords : vec4<i32>) -> vec4<i32> {
        var reverseCoords = coords;
        if (uniforms.axis[0] == 1) {
          reverseCoords[0] = uniforms.xShape[0] - coords[0] - 1;
        }
        if (uniforms.axis[1] == 1) {
          reverseCoords[1] = uniforms.xShape[1] - coords[1] - 1;
        }
        if (uniforms.axis[2] == 1) {
          reverseCoords[2] = uniforms.xShape[2] - coords[2] - 1;
        }
        if (uniforms.axis[3] == 1) {
          reverseCoords[3] = uniforms.xShape[3] - coords[3] - 1;
        }

        return reverseCoords;
      }
    
      ${A("index")} {
        if (index < uniforms.size) {
          let coords = getCoordsFromIndex(index);
          let reverseCoords = getReverseCoords(coords);
          setOutputAtIndex(index, getX(reverseCoords[0],
              reverseCoords[1], reverseCoords[2], reverseCoords[3]));
        }
      }
    `}};function ED(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{dims:s}=o,i=n.shape.length;if(i===0)return It({inputs:{x:n},backend:e});let a=n.shape,p=[1,1,1,1];a.forEach((h,S)=>{let T=S+4-i;p[T]=h});let u=b.parseAxisParam(s,n.shape),c=[0,0,0,0];u.forEach(h=>{let S=h+4-i;c[S]=1});let l=[{type:"int32",data:c}],m=O({inputs:{x:n},backend:e,attrs:{shape:p}}),f=new xu(p),d=e.runWebGPUProgram(f,[m],m.dtype,l);e.disposeData(m.dataId);let g=O({inputs:{x:d},backend:e,attrs:{shape:a}});return e.disposeData(d.dataId),g}var DS={kernelName:pn,backendName:"webgpu",kernelFunc:ED};var yu=class{constructor(t,e){this.outputShape=[],this.variableNames=["x"],this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=t,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.uniforms=`centerX : f32, centerY : f32, sinRadians : f32,
          cosRadians : f32,`,this.shaderKey="rotate",this.outputShape=t,typeof e=="number"?(this.uniforms+=" fillValue : f32,",this.fillSnippet="var outputValue = uniforms.fillValue;",this.shaderKey+="_float"):(this.uniforms+=" fillValue : vec3<f32>,",this.fillSnippet="var outputValue = uniforms.fillValue[coords[3]];",this.shaderKey+="_vec3")}getUserCode(){return`
        ${A("index")} {
          if (index < uniforms.size) {
            let coords = getCoordsFromIndex(index);
            let coordXFloat = (f32(coords[2]) - uniforms.centerX) *
                uniforms.cosRadians - (f32(coords[1]) - uniforms.centerY) *
                uniforms.sinRadians;
            let coordYFloat = (f32(coords[2]) - uniforms.centerX) *
                uniforms.sinRadians + (f32(coords[1]) - uniforms.centerY) *
                uniforms.cosRadians;
            let coordX = i32(round(coordXFloat + uniforms.centerX));
            let coordY = i32(round(coordYFloat + uniforms.centerY));
            ${this.fillSnippet}
            if(coordX >= 0 && coordX < uniforms.xShape[2] && coordY >= 0 &&
                coordY < uniforms.xShape[1]) {
              outputValue = getX(coords[0], coordY, coordX, coords[3]);
            }
            setOutputAtIndex(index, outputValue);
          }
        }
      `}};var ES={kernelName:Ji,backendName:"webgpu",kernelFunc:({inputs:r,attrs:t,backend:e})=>{let{image:o}=r,{radians:n,fillValue:s,center:i}=t,a=e,p=new yu(o.shape,s),[u,c]=E.getImageCenter(i,o.shape[1],o.shape[2]),l=[{type:"float32",data:[u]},{type:"float32",data:[c]},{type:"float32",data:[Math.sin(n)]},{type:"float32",data:[Math.cos(n)]}];return typeof s=="number"?l.push({type:"float32",data:[Number.parseFloat(s.toFixed(2))]}):l.push({type:"float32",data:s}),a.runWebGPUProgram(p,[o],o.dtype,l)}};var $D=K({opType:_.ROUND}),$S={kernelName:un,backendName:"webgpu",kernelFunc:$D};var RD=K({opType:_.RSQRT,cpuKernelImpl:Yy}),RS={kernelName:mr,backendName:"webgpu",kernelFunc:RD};var Oe=class{constructor(t,e,o,n,s,i,a,p=!0){this.variableNames=["updates","indices"],this.workgroupSize=[64,1,1],this.atomic=!0,this.outputShape=i,this.type=a,this.sumDupeIndices=p,this.dispatchLayout=M(t),this.dispatch=F(this.dispatchLayout,t,this.workgroupSize),this.sliceDimGreaterThanOne=e>1,this.shaderKey=`scatter_${o}_${n}_${this.sliceDimGreaterThanOne}_${a}_${p}_${s.length}`;let u=dt(s.length);this.uniforms=`sliceDim : i32, strides: ${u}, updatesSize: i32,`,this.updatesRank=n,this.indicesRank=o}getUserCode(){let t="";this.indicesRank===1?t="coords[0]":this.indicesRank===2&&(t="coords[0], j");let e=`getIndices(${t})`,o=this.sliceDimGreaterThanOne?"uniforms.strides[j]":"uniforms.strides",n="",s="";this.dispatchLayout.x.length===1?(n="flattenedIndex",s=`
      fn getUpdatesCoordsFromFlatIndex(index : i32) -> i32 {
        return index;
      }
      `):this.dispatchLayout.x.length===2&&(n="vec2<i32>(flattenedIndex, coords[1])",s=`
      fn getUpdatesCoordsFromFlatIndex(index : i32) -> vec2<i32> {
        // N.B. |updates| could be a scalar tensor, conceptually representing a
        // 2D tensor with all values equal to that. By design, its size must be
        // the same as |outShape[1]| in one dimension, and |indicesShape[0]|
        // gives the other.
        let sliceSize = uniforms.outShape[1];
        let d0 = index / sliceSize;
        let d1 = index - d0 * sliceSize;
        return vec2<i32>(d0, d1);
      }
      `);let a=`getUpdates(${Array.from({length:this.updatesRank},(u,c)=>`coords[${c}]`).join(", ")})`;return`
    ${s}
      ${A("index")} {
        if (index < uniforms.updatesSize) {
          let coords = getUpdatesCoordsFromFlatIndex(index);
          var flattenedIndex = 0;
          for (var j = 0; j < uniforms.sliceDim; j = j + 1) {
            let indexInside = i32(round(${e}));
            flattenedIndex = flattenedIndex + indexInside * ${o};
          }
          let updateValue =
              ${Ir(this.type)}(${a});
          let flatIndex = getOutputIndexFromCoords(${n});

          ${this.sumDupeIndices?Jt("&result[flatIndex]","updateValue",this.type):"atomicStore(&result[flatIndex], bitcast<i32>(updateValue));"}
        }
      }`}};function AD(r){let{inputs:t,backend:e,attrs:o}=r,{indices:n,updates:s}=t,{shape:i}=o,{sliceRank:a,numUpdates:p,sliceSize:u,strides:c,outputSize:l}=E.calculateShapes(s,n,i),m=[l/u,u];if(l===0)return e.makeTensorInfo(i,n.dtype);let f=O({inputs:{x:n},backend:e,attrs:{shape:[p,a]}}),d=O({inputs:{x:s},backend:e,attrs:{shape:[p,u]}}),g=d.dtype,h=wt({backend:e,attrs:{shape:m,value:0,dtype:g}}),S=b.sizeFromShape(d.shape),T=[{type:"int32",data:[a]},{type:"int32",data:c},{type:"int32",data:[S]}],k=new Oe(d.shape,a,f.shape.length,d.shape.length,c,m,g),v=e.runWebGPUProgram(k,[d,f],g,T,h),N=O({inputs:{x:v},backend:e,attrs:{shape:i}});return e.disposeData(f.dataId),e.disposeData(d.dataId),e.disposeData(v.dataId),N}var AS={kernelName:Gm,backendName:"webgpu",kernelFunc:AD};var bu=class{constructor(t,e){this.outputShape=[],this.variableNames=["sortedSequence","values"],this.uniforms="numInputs : i32,",this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=t,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.side=e,this.shaderKey=`search_sorted_${e}`}getUserCode(){return`
      fn findBound(batch: i32, value: f32) -> i32 {
        var left = i32(0);
        var right = uniforms.numInputs;
        while (left < right) {
          var mid = (left + right) / 2;
          if (getSortedSequence(batch, mid) ${this.side==="left"?"<":"<="} value) {
            left = mid + 1;
          } else {
            right = mid;
          }
        }
        return right;
      }

      ${A("index")} {
        if (index < uniforms.size) {
          let coords = getCoordsFromIndex(index);
          let value = getValuesByOutputIndex(index);
          setOutputAtIndexI32(index, findBound(coords[0], value));
        }
      }
    `}};function FD(r){let{inputs:t,backend:e,attrs:o}=r,{sortedSequence:n,values:s}=t,{side:i}=o,a=new bu([s.shape[0],s.shape[1]],i),p=[{type:"int32",data:[n.shape[1]]}];return e.runWebGPUProgram(a,[n,s],"int32",p)}var FS={kernelName:zm,backendName:"webgpu",kernelFunc:FD};var wu=class{constructor(t,e,o){this.variableNames=["c","a","b"],this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=e,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.cRank=t,this.rank=o,this.shaderKey="select"}getUserCode(){let t,e;if(this.rank>4)throw Error(`Where for rank ${this.rank} is not yet supported`);if(this.rank===1)e="resRC",t="resRC";else{let n=["resRC.x","resRC.y","resRC.z","resRC.w"],s=[],i=[];for(let a=0;a<this.outputShape.length;a++)i.push(`${n[a]}`),a<this.cRank&&s.push(`${n[a]}`);t=s.join(),e=i.join()}return`
      ${A("index")} {
        if (index < uniforms.size) {
          let resRC = getCoordsFromIndex(index);
          let cVal = getC(${t});
          if (cVal >= 1.0) {
            setOutputAtIndex(index, getA(${e}));
          } else {
            setOutputAtIndex(index, getB(${e}));
          }
        }
      }
    `}};function PD(r){let{inputs:t,backend:e}=r,{condition:o,t:n,e:s}=t,i=new wu(o.shape.length,n.shape,n.shape.length);return e.runWebGPUProgram(i,[o,n,s],Pt(n.dtype,s.dtype))}var PS={kernelName:ln,backendName:"webgpu",kernelFunc:PD};var MD=K({opType:_.SELU}),MS={kernelName:cn,backendName:"webgpu",kernelFunc:MD};var _D=K({opType:_.SIGMOID}),_S={kernelName:fr,backendName:"webgpu",kernelFunc:_D};var GD=K({opType:_.SIGN}),GS={kernelName:fn,backendName:"webgpu",kernelFunc:GD};var BD=K({opType:_.SIN}),BS={kernelName:"Sin",backendName:"webgpu",kernelFunc:BD};var zD=K({opType:_.SINH}),zS={kernelName:mn,backendName:"webgpu",kernelFunc:zD};var LD=K({opType:_.SOFTPLUS}),LS={kernelName:dn,backendName:"webgpu",kernelFunc:LD};var Su=class{constructor(t,e,o,n,s,i){this.variableNames=["x"],this.outputShape=[],this.uniforms="",this.workgroupSize=[64,1,1],this.size=!0;let a=new Array(n.length);for(let p=0;p<a.length;p++)a[p]=n[s[p]];this.outputShape=a,this.newDim=s,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.xShape=t,this.paddedXShape=e,this.uniforms+=`reshapedPaddedXShape : ${dt(n.length)}, paddedXShapeStrides : ${dt(i)}, `,o.map((p,u)=>{this.uniforms+=` pad${u} : vec2<i32>,`}),this.shaderKey=`spaceToBatchND_${s}`}getUserCode(){let t=dt(this.outputShape.length),e=Qc(this.newDim);return`
      ${Js(this.paddedXShape,"PaddedX")}
      ${A("index")} {
        if(index < uniforms.size) {
          let coords = getCoordsFromIndex(index);
          let switchedIndex = getIndexFromCoords${this.outputShape.length}D(${t}(${e}), uniforms.reshapedPaddedXShape);
          let paddedCoords = getPaddedXCoordsFromIndex(switchedIndex);
          ${lm(this.xShape,!0)}
        }
      }
    `}};var OD=r=>{let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{blockShape:s,paddings:i}=o;b.assert(n.shape.length<=4,()=>"spaceToBatchND for rank > 4 with a WebGPU backend not implemented yet");let a=s.reduce((T,k)=>T*k),p=[[0,0]];p.push(...i);for(let T=1+s.length;T<n.shape.length;++T)p.push([0,0]);let u=p.map((T,k)=>T[0]+n.shape[k]+T[1]),c=E.getReshaped(u,s,a,!1),l=E.getPermuted(c.length,s.length,!1),m=E.getReshapedPermuted(u,s,a,!1),f=b.computeStrides(u),d=new Su(n.shape,u,p,c,l,f.length),g=[{type:"int32",data:c},{type:"int32",data:f}];p.map(T=>g.push({type:"int32",data:[T[0],T[1]]}));let h=e.runWebGPUProgram(d,[n],n.dtype,g),S=O({inputs:{x:h},backend:e,attrs:{shape:m}});return e.disposeData(h.dataId),S},OS={kernelName:hn,backendName:"webgpu",kernelFunc:OD};var Cu=class{constructor(t,e,o){this.variableNames=["input","indices","segmentIds"],this.outputShape=[],this.uniforms="segmentSize : i32, sparseSize : i32,",this.workgroupSize=[64,1,1],this.atomic=!0,this.outputShape=t,this.type=o,this.dispatchLayout=M([e]),this.dispatch=F(this.dispatchLayout,[e],this.workgroupSize),this.shaderKey="sparseSegmentSum"}getUserCode(){return`
    ${A("index")} {
      if (index < uniforms.sparseSize) {
        let indexInSegmentIds = index / uniforms.segmentSize;
        let indexInSegment = index % uniforms.segmentSize;
        let indexInInput = indices[indexInSegmentIds];
        let segmentId = segmentIds[indexInSegmentIds];

        let value = input[indexInInput * uniforms.segmentSize + indexInSegment];
        let outIndex = segmentId * uniforms.segmentSize + indexInSegment;
        ${Jt("&result[outIndex]","value",this.type)}
      }
    }
  `}},vu=class{constructor(t,e){this.variableNames=["segmentIds"],this.outputShape=[],this.workgroupSize=[64,1,1],this.atomic=!0,this.outputShape=[t],this.dispatchLayout=M(e),this.dispatch=F(this.dispatchLayout,e,this.workgroupSize),this.shaderKey="sparseSegmentIdCountProgram"}getUserCode(){return`
    ${A("index")} {
      if (index < uniforms.segmentIdsShape) {
        let segmentId = segmentIds[index];
        ${Jt("&result[segmentId]","1","int32")}
      }
    }
  `}},Iu=class{constructor(t,e){this.variableNames=["segmentSum","sameSegmentIdCount"],this.outputShape=[],this.uniforms="segmentSize : i32",this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=t,this.type=e,this.dispatchLayout=M(t),this.dispatch=F(this.dispatchLayout,t,this.workgroupSize),this.shaderKey="sparseSegmentMean"}getUserCode(){return`
    ${A("index")} {
      if (index < uniforms.size) {
        let segmentId = index / uniforms.segmentSize;
        let count = sameSegmentIdCount[segmentId];
        if (count != 0) {
          ${this.type==="float32"?"setOutputAtIndex(index, segmentSum[index] / f32(count));":"setOutputAtIndexI32(index, segmentSum[index] / count);"}
        }
      }
    }
  `}};function ku(r,t,e,o=!1,n){let i=b.sizeFromShape(r.shape)/r.shape[0],a=r.dtype,p=b.sizeFromShape(t.shape),u=n.readSync(e.dataId),l=p>0?u[p-1]+1:0,m,f=r.shape.slice();f[0]=l;let d=p*i,g=wt({backend:n,attrs:{shape:f,value:0,dtype:a}});m=new Cu(f,d,a);let h=[{type:"int32",data:[i]},{type:"int32",data:[d]}],S=n.runWebGPUProgram(m,[r,t,e],a,h,g);if(o)return S;let T=wt({backend:n,attrs:{shape:[l],value:0,dtype:"int32"}});m=new vu(l,e.shape);let k=n.runWebGPUProgram(m,[e],"int32",null,T),v=wt({backend:n,attrs:{shape:f,value:0,dtype:a}});m=new Iu(f,a),h=[{type:"int32",data:[i]}];let N=n.runWebGPUProgram(m,[S,k],a,h,v);return n.disposeData(S.dataId),n.disposeData(k.dataId),N}function UD(r){let{inputs:t,backend:e}=r,{data:o,indices:n,segmentIds:s}=t;return ku(o,n,s,!1,e)}var US={kernelName:Lm,backendName:"webgpu",kernelFunc:UD};function WD(r){let{inputs:t,backend:e}=r,{data:o,indices:n,segmentIds:s}=t;return ku(o,n,s,!0,e)}var WS={kernelName:Om,backendName:"webgpu",kernelFunc:WD};var Tu=class{constructor(t,e){this.variableNames=["A"],this.workgroupSize=[64,1,1],this.size=!0;let o=new Array(t.length);for(let n=0;n<o.length;n++)o[n]=t[n]*e[n];this.outputShape=o,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.rank=this.outputShape.length,this.shaderKey="tile"}getUserCode(){let t=VD(this.rank,"uniforms.");return`
      ${A("index")} {
        if (index < uniforms.size) {
          let resRC = getCoordsFromIndex(index);
          setOutputAtIndex(index, getA(${t}));
        }
      }
    `}};function VD(r,t=""){if(r>=5)throw Error(`Tile for rank ${r} is not yet supported`);if(r===1)return`(resRC % ${t}aShape)`;let e=["resRC.x","resRC.y","resRC.z","resRC.w"],o=[];for(let n=0;n<r;n++)o.push(`(${e[n]} % ${t}aShape[${n}])`);return o.join()}function pi(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{reps:s}=o;if(e.shouldExecuteOnCPU([n])||n.dtype==="string"||n.shape.length>=5){let p=e.readSync(n.dataId),u=n.dtype==="string"?p.map(m=>b.decodeString(m)):p,c=pt(n.shape,n.dtype,u),l=ob(c,s);return e.makeTensorInfo(l.shape,l.dtype,l.values)}let i=new Tu(n.shape,s);return e.runWebGPUProgram(i,[n],n.dtype)}var VS={kernelName:gr,backendName:"webgpu",kernelFunc:pi};function HD(r){let{inputs:t,backend:e,attrs:o}=r,{sparseIndices:n,sparseValues:s,defaultValue:i}=t,{outputShape:a}=o,{sliceRank:p,numUpdates:u,sliceSize:c,strides:l,outputSize:m}=E.calculateShapes(s,n,a),f=!1;if(s.dtype==="string"){let G=e.bufferSync(n),B=e.bufferSync(s),L=b.decodeString(e.readSync(i.dataId)[0]),U=Zy(G,B,a,m,c,u,p,l,L,f);return e.makeTensorInfo(a,U.dtype,U.values)}let d=[m/c,c],g=O({inputs:{x:n},backend:e,attrs:{shape:[u,p]}}),h=s.shape.length?O({inputs:{x:s},backend:e,attrs:{shape:[u,c]}}):It({inputs:{x:s},backend:e}),S=h.dtype,T=e.makeTensorInfo([],S,b.makeZerosTypedArray(1,S)),k=O({inputs:{x:i},backend:e,attrs:{shape:Array(d.length).fill(1)}}),v=pi({inputs:{x:k},backend:e,attrs:{reps:d}}),N=b.sizeFromShape([u,c]),R=[{type:"int32",data:[p]},{type:"int32",data:l},{type:"int32",data:[N]}];switch(u){case 0:break;case 1:{let G=new Oe([u,c],p,g.shape.length,h.shape.length,l,d,S,f);e.runWebGPUProgram(G,[h,g],S,R,v)}break;default:{let G=new Oe([u,c],p,g.shape.length,T.shape.length,l,d,S,f);e.runWebGPUProgram(G,[T,g],S,R,v)}{let G=new Oe([u,c],p,g.shape.length,h.shape.length,l,d,S);e.runWebGPUProgram(G,[h,g],S,R,v)}}let P=O({inputs:{x:v},backend:e,attrs:{shape:a}});return e.disposeData(g.dataId),e.disposeData(h.dataId),e.disposeData(k.dataId),e.disposeData(T.dataId),e.disposeData(v.dataId),P}var HS={kernelName:Um,backendName:"webgpu",kernelFunc:HD};function qD(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{numOrSizeSplits:s,axis:i}=o,a=b.parseAxisParam(i,n.shape)[0],p=E.prepareSplitSize(n,s,a),u=n.shape.length,c=new Array(u).fill(0),l=n.shape.slice();return p.map(m=>{let f=[...l];f[a]=m;let d=De({inputs:{x:n},backend:e,attrs:{begin:c,size:f}});return c[a]+=m,d})}var qS={kernelName:gn,backendName:"webgpu",kernelFunc:qD};var KD=K({opType:_.SQRT}),KS={kernelName:dr,backendName:"webgpu",kernelFunc:KD};var XS={kernelName:ji,backendName:"webgpu",kernelFunc:({inputs:r,backend:t})=>{let{x:e}=r,o=t,n=new ee(e.shape,_.SQUARE);return o.runWebGPUProgram(n,[e],e.dtype)}};var XD=at({opType:q.SQUARED_DIFFERENCE}),jS={kernelName:hr,backendName:"webgpu",kernelFunc:XD};function jD({inputs:r,attrs:t,backend:e}){let{x:o}=r,n=new ee(o.shape,_.STEP,"stepAlpha : f32,"),s=[{type:"float32",data:[t.alpha]}];return e.runWebGPUProgram(n,[o],o.dtype,s)}var YS={kernelName:Cn,backendName:"webgpu",kernelFunc:jD};var Nu=class{constructor(t){this.variableNames=["x"],this.workPerThread=1,this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=t,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize,[this.workPerThread,1,1]);let e=dt(this.outputShape.length);this.uniforms=`begin : ${e},  strides : ${e}, `,this.shaderKey="stridedSlice"}getUserCode(){let t=this.outputShape.length,e="";if(t===1)e="coords * uniforms.strides + uniforms.begin";else{let n=0;e=this.outputShape.map((s,i)=>(n++,this.outputShape.length===1?`coords * uniforms.strides[${i}] + uniforms.begin[${i}]`:`coords[${n-1}] * uniforms.strides[${i}] + uniforms.begin[${i}]`)).join(",")}return`
       ${A("index")} {
         if (index < uniforms.size) {
           let coords = getCoordsFromIndex(index);
           setOutputAtIndex(index, getX(${e}));
         }
       }
     `}};function YD(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{begin:s,end:i,strides:a,beginMask:p,endMask:u,ellipsisMask:c,newAxisMask:l,shrinkAxisMask:m}=o,{finalShapeSparse:f,finalShape:d,isIdentity:g,sliceDim0:h,isSimpleSlice:S,begin:T,end:k,strides:v}=ae.sliceInfo(n.shape,s,i,a,p,u,c,l,m),N;if(g)N=O({inputs:{x:n},backend:e,attrs:{shape:d}});else if(h||S){b.assert(n.shape.length>=1,()=>`Input must have rank at least 1, got: ${n.shape.length}`);let R=ae.computeOutShape(T,k,v),P=De({inputs:{x:n},backend:e,attrs:{begin:T,size:R}});N=O({inputs:{x:P},backend:e,attrs:{shape:d}}),e.disposeData(P.dataId)}else if(e.shouldExecuteOnCPU([n])){let P=e.readSync(n.dataId),G=pt(n.shape,n.dtype,P),B=tb(f,G,v,T);N=e.makeTensorInfo(d,n.dtype,B.values)}else{let P=new Nu(f),G=[{type:"int32",data:T},{type:"int32",data:v}],B=e.runWebGPUProgram(P,[n],n.dtype,G);N=O({inputs:{x:B},backend:e,attrs:{shape:d}}),e.disposeData(B.dataId)}return N}var ZS={kernelName:Yi,backendName:"webgpu",kernelFunc:YD};function ZD(r){let{inputs:t,backend:e,attrs:o}=r,{separator:n,nGramWidths:s,leftPad:i,rightPad:a,padWidth:p,preserveShortSequences:u}=o,{data:c,dataSplits:l}=t,m=e.readSync(c.dataId),f=e.readSync(l.dataId),[d,g]=eb(m,f,n,s,i,a,p,u);return[e.makeTensorInfo([d.length],"string",d),e.makeTensorInfo(l.shape,"int32",g)]}var QS={kernelName:Vm,backendName:"webgpu",kernelFunc:ZD};var QD=at({opType:q.SUB,cpuKernelImpl:rb,supportsComplex:!0}),JS={kernelName:"Sub",backendName:"webgpu",kernelFunc:QD};var JD=K({opType:_.TAN}),tC={kernelName:"Tan",backendName:"webgpu",kernelFunc:JD};var tE=K({opType:_.TANH}),eC={kernelName:yn,backendName:"webgpu",kernelFunc:tE};function eE(r){let{inputs:t,backend:e,attrs:o}=r,{tensor:n,indices:s,updates:i}=t,{}=o,{sliceRank:a,numUpdates:p,sliceSize:u,strides:c,outputSize:l}=E.calculateShapes(i,s,n.shape),m=[l/u,u];if(l===0)return e.makeTensorInfo(n.shape,s.dtype);let f=[],d=O({inputs:{x:s},backend:e,attrs:{shape:[p,a]}});f.push(d);let g=O({inputs:{x:i},backend:e,attrs:{shape:[p,u]}});f.push(g);let h=O({inputs:{x:n},backend:e,attrs:{shape:m}});f.push(h);let S=pi({inputs:{x:h},backend:e,attrs:{reps:Array(m.length).fill(1)}}),T=new Oe([p,u],a,d.shape.length,g.shape.length,c,m,n.dtype,!1),k=b.sizeFromShape([p,u]),v=[{type:"int32",data:[a]},{type:"int32",data:c},{type:"int32",data:[k]}],N=e.runWebGPUProgram(T,[g,d],h.dtype,v,S);f.push(N);let R=O({inputs:{x:N},backend:e,attrs:{shape:n.shape}});return f.forEach(P=>e.disposeData(P.dataId)),R}var rC={kernelName:Bm,backendName:"webgpu",kernelFunc:eE};var Du=class{constructor(t){this.variableNames=["x","indices"],this.workgroupSize=[256,1,1],this.size=!0,this.outputShape=t,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.uniforms=`inputSize : i32, firstPass : i32, negativeInf : f32,
        dir : i32, inc : i32,`,this.shaderKey="swap"}getUserCode(){return`
        ${A("index")} {
          if (index < uniforms.size) {
            let outC = getCoordsFromIndex(index);
            let batch = outC[0];
            let elemIdx = outC[1];
            // We compare elements pair-wise within a group of size 2 * inc.
            // The comparing rule for each group alternates between ascending
            // and descending. Within each group, we compare each pair at
            // positions i and i+inc. To decide whether an element at position i
            // is x0 or x1, we mod it by 2 * inc, if the result is smaller than
            // inc, it is in the first half of the group, we denote it as x0,
            // otherwise we denote it as x1.
            // For example, as shown in the Bitonic top K paper referenced
            // above, Figure5(a) shows that element[1] is in the second half of
            // the group when group size is 2, but it is in the first half of
            // the group when group size is 4.
            let isFirstInPair = elemIdx % (2 * uniforms.inc) < uniforms.inc;
            var i = 0;
            if (isFirstInPair) {
              i = elemIdx;
            } else {
              i = elemIdx - uniforms.inc;
            }

            var i0 = 0;
            if (uniforms.firstPass == 1) {
              i0 = i;
            } else {
              i0 = i32(getIndices(batch, i));
            }

            var i1 = 0;
            if (uniforms.firstPass == 1) {
              i1 = i + uniforms.inc;
            } else {
              i1 = i32(getIndices(batch, i + uniforms.inc));
            }

            var x0 = f32(0.0);
            var x1 = f32(0.0);
            if (i0 < uniforms.inputSize) {
              x0 = getX(batch, i0);
            } else {
              x0 = uniforms.negativeInf;
            }
            if (i1 < uniforms.inputSize) {
              x1 = getX(batch, i1);
            } else {
              x1 = uniforms.negativeInf;
            }

            let reverse = elemIdx % (2 * uniforms.dir) >= uniforms.dir;
            let isGreater = x0 > x1 || (x0 == x1 && i1 > i0);
            if (reverse == isGreater) {
              // Elements in opposite order of direction
              let iTemp = i0;
              i0 = i1;
              i1 = iTemp;
            }
            if (isFirstInPair) {
              setOutputAtIndex(index, f32(i0));
            } else {
              setOutputAtIndex(index, f32(i1));
            }
          }
        }
      `}},Eu=class{constructor(t){this.variableNames=["x","indices"],this.workgroupSize=[256,1,1],this.size=!0,this.outputShape=t,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.uniforms="inputSize : i32, firstPass : i32, k : i32,",this.shaderKey="merge"}getUserCode(){return`
        ${A("index")} {
          if (index < uniforms.size) {
            let outC = getCoordsFromIndex(index);
            let batch = outC[0];
            let elemIdx = outC[1];
            // The output size is half of the previous size.
            // If the previous sequence is | | | | _ _ _ _  | | | |  _ _ _ _
            // (k=4), we only need to output the indices at positions |, the
            // indices at positions _ can be thrown away, see Figure5(b) After
            // Phase 2 (Merge phase) in the Bitonic Top K paper referenced
            // above.
            // For example, the paper shows we only need to output the orange
            // bars. The output sequence should look like this | | | | | | | |.
            // Because the sequence is halved, to map the output index back to
            // the previous sequence to find the corresponding value, we need
            // to double the index. When we double the index, we basically
            // interpolate a position, so 2i looks like
            // | _ | _ | _ | _ | _ | _ | _. We move the | to the first k
            // position of each 2k positions by - elemIdx % k. E.g. for output
            // at index 4,5,6,7, we want to get the corresponding element at
            // original index 8,9,10,11, for output at index 8,9,10,11,
            // we want to get the corresponding element at original index
            // 16,17,18,19, so on and so forth.

            var i = 0;
            if (elemIdx < uniforms.k) {
              i = elemIdx;
            } else {
              i = elemIdx * 2 - elemIdx % uniforms.k;
            }
            var i0 = 0;
            if (uniforms.firstPass == 1) {
              i0 = i;
            } else {
              i0 = i32(getIndices(batch, i));
            }
            var i1 = 0;
            if (uniforms.firstPass == 1) {
              i1 = i + uniforms.k;
            } else {
              i1 = i32(getIndices(batch, i + uniforms.k));
            }

            let x0 = getX(batch, i0);
            var x1 = f32(0.0);
            if (i1 < uniforms.inputSize) {
              x1 = getX(batch, i1);
            } else {
              x1 = x0;
            }

            if (x0 >= x1) {
              setOutputAtIndex(index, f32(i0));
            } else {
              setOutputAtIndex(index, f32(i1));
            }
          }
        }
      `}};function ms(r,t){t!==null&&r.disposeData(t.dataId)}function oC(r){let t=1;for(;t<r;)t*=2;return t}function rE(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{k:s,sorted:i}=o,a=n.shape,p=a[a.length-1];if(e.shouldExecuteOnCPU([n])){let N=e.readSync(n.dataId),[R,P]=nb(N,a,n.dtype,s,i);return[e.makeTensorInfo(R.shape,R.dtype,R.values),e.makeTensorInfo(P.shape,P.dtype,P.values)]}if(s===0)return a[a.length-1]=0,[e.makeTensorInfo(a,n.dtype,[]),e.makeTensorInfo(a,"int32",[])];if(p===1)return[n,wt({attrs:{shape:a,dtype:"int32",value:0},backend:e})];let c=b.sizeFromShape(a)/p,l=O({inputs:{x:n},attrs:{shape:[c,p]},backend:e}),m=oC(s),f=oC(p),d=null,g=()=>d===null?[l,l]:[l,d],h=(N,R,P)=>{let G=g(),B=new Du(P),U=[{type:"int32",data:[p]},{type:"int32",data:[d===null?1:0]},{type:"float32",data:[Number.NEGATIVE_INFINITY]},{type:"int32",data:[N]},{type:"int32",data:[R]}],X=d;d=e.runWebGPUProgram(B,G,"int32",U),ms(e,X)};for(let N=1;N<m;N*=2){let R=N*2;for(let P=N;P>=1;P/=2)h(R,P,[c,f])}for(let N=f;N>m;N/=2){let R=g(),P=new Eu([c,N/2]),B=[{type:"int32",data:[p]},{type:"int32",data:[d===null?1:0]},{type:"int32",data:[m]}],L=d;d=e.runWebGPUProgram(P,R,"int32",B),ms(e,L);let U=m/2,X=U*2;for(let Q=U;Q>=1;Q/=2)h(X,Q,d.shape)}let S=d;d=De({inputs:{x:d},backend:e,attrs:{begin:0,size:[c,s]}}),ms(e,S);let T=pm({inputs:{x:l,indices:d},backend:e,attrs:{axis:1,batchDims:1}});ms(e,l);let k=a.slice(0,-1);k.push(s),S=d,d=O({inputs:{x:d},attrs:{shape:k},backend:e}),ms(e,S);let v=T;return T=O({inputs:{x:T},attrs:{shape:k},backend:e}),ms(e,v),[T,d]}var nC={kernelName:Zi,backendName:"webgpu",kernelFunc:rE};var $u=class{constructor(t){this.variableNames=["Image","Transforms"],this.uniforms="interpolationModeId : i32, fillModeId : i32, fillValue : f32,",this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=t,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.shaderKey="transform"}getUserCode(){return`
          fn mapCoord(outCoord : f32, len : f32) -> f32{
            var inCoord = outCoord;
            if(uniforms.fillModeId == 2) {
              if (inCoord < 0.0) {
                if (len <= 1.0) {
                  inCoord = 0.0;
                } else {
                  let sz2 = 2.0 * len;
                  if (inCoord < sz2) {
                    inCoord = sz2 * f32(i32(f32(-inCoord / sz2))) +
                    inCoord;
                  }
                  if (inCoord < -len) {
                    inCoord = inCoord + sz2;
                  } else {
                    inCoord = -inCoord - 1.0;
                  }
                }
              } else if (inCoord > len - 1.0) {
                if (len <= 1.0) {
                  inCoord = 0.0;
                } else {
                  let sz2 = 2.0 * len;
                  inCoord = inCoord - sz2 * f32(i32(f32(inCoord / sz2)));
                  if (inCoord >= len) {
                    inCoord = sz2 - inCoord - 1.0;
                  }
                }
              }
              return clamp(inCoord, 0.0, len - 1.0);
            } else if (uniforms.fillModeId == 3) {
              if (inCoord < 0.0) {
                if (len <= 1.0) {
                  inCoord = 0.0;
                } else {
                  let sz = len - 1.0;
                  inCoord = inCoord + len * (f32(i32(f32(-inCoord / sz))) + 1.0);
                }
              } else if (inCoord > len - 1.0) {
                if (len <= 1.0) {
                  inCoord = 0.0;
                } else {
                  let sz = len - 1.0;
                  inCoord = inCoord - len * f32(i32(f32(inCoord / sz)));
                }
              }
              return clamp(inCoord, 0.0, len - 1.0);
            } else if (uniforms.fillModeId == 4) {
              return clamp(outCoord, 0.0, len - 1.0);
            }
            return outCoord;
          }
          fn readWithFillValue(batch : i32, coordY : i32, coordX : i32,
            channel : i32) -> f32 {
            var outputValue : f32;
            if (0 <= coordY && coordY < uniforms.imageShape[1] && 0 <= coordX && coordX < uniforms.imageShape[2]) {
                outputValue = getImage(batch, coordY, coordX, channel);
            } else {
              outputValue = uniforms.fillValue;
            }
            return outputValue;
          }

          ${A("index")} {
            if (index < uniforms.size) {
              let coords = getCoordsFromIndex(index);
              var outputValue : f32;
              let batch = coords[0];
              let x = coords[2];
              let y = coords[1];
              let channel = coords[3];
              let xf = f32(x);
              let yf = f32(y);
              let a1 = getTransforms(batch, 0);
              let a2 = getTransforms(batch, 1);
              let a3 = getTransforms(batch, 2);
              let b1 = getTransforms(batch, 3);
              let b2 = getTransforms(batch, 4);
              let b3 = getTransforms(batch, 5);
              let c1 = getTransforms(batch, 6);
              let c2 = getTransforms(batch, 7);
              let projection = c1 * xf + c2 * yf + 1.0;
              if (projection == 0.0) {
                outputValue = uniforms.fillValue;
              } else {
                let inX = (a1 * xf + a2 * yf + a3) / projection;
                let inY = (b1 * xf + b2 * yf + b3) / projection;
                let mapX = mapCoord(inX, f32(uniforms.imageShape[2]));
                let mapY = mapCoord(inY, f32(uniforms.imageShape[1]));

                if (uniforms.interpolationModeId == 1) {
                  let coordY = i32(round(mapY));
                  let coordX = i32(round(mapX));
                  outputValue = readWithFillValue(batch, coordY, coordX,
                    channel);
                } else {
                  let yFloor = floor(mapY);
                  let xFloor = floor(mapX);
                  let yCeil = yFloor + 1.0;
                  let xCeil = xFloor + 1.0;
                  let valueYFloor = (xCeil - mapX) *
                  readWithFillValue(batch, i32(yFloor), i32(xFloor), channel) +
                  (mapX - xFloor) *
                  readWithFillValue(batch, i32(yFloor), i32(xCeil), channel);
                  let valueYCeil = (xCeil - mapX) *
                  readWithFillValue(batch, i32(yCeil), i32(xFloor), channel) +
                  (mapX - xFloor) *
                  readWithFillValue(batch, i32(yCeil), i32(xCeil), channel);
                  outputValue = (yCeil - mapY) * valueYFloor +
                  (mapY - yFloor) * valueYCeil;
                }
              }
              setOutputAtIndex(index, outputValue);
            }
          }
        `}};function oE(r){let{inputs:t,backend:e,attrs:o}=r,{image:n,transforms:s}=t,{interpolation:i,fillMode:a,fillValue:p,outputShape:u}=o,[c,l,m,f]=n.shape,[d,g]=u??[l,m],h=[c,d,g,f],S=new $u(h),T=i==="nearest"?1:2,k;switch(a){case"constant":k=1;break;case"reflect":k=2;break;case"wrap":k=3;break;case"nearest":k=4;break;default:k=1;break}let v=[{type:"int32",data:[T]},{type:"int32",data:[k]},{type:"float32",data:[p]}];return e.runWebGPUProgram(S,[n,s],"float32",v)}var sC={kernelName:Qi,backendName:"webgpu",kernelFunc:oE};function nE(r){let{inputs:t,backend:e,attrs:o}=r,{value:n}=t,{axis:s}=o;s<0&&(s+=n.shape.length);let i=n,a=i.shape.length,p=n.shape[s],u=new Array(a-1),c=0;for(let g=0;g<a;g++)g!==s&&(u[c++]=i.shape[g]);let l=[],m=new Array(a).fill(0),f=i.shape.slice();f[s]=1;let d=new Array(p);for(let g=0;g<d.length;g++){m[s]=g;let h=De({inputs:{x:i},backend:e,attrs:{begin:m,size:f}}),S=O({inputs:{x:h},backend:e,attrs:{shape:u}});d[g]=S,l.push(h)}return l.forEach(g=>e.disposeData(g.dataId)),d}var iC={kernelName:bn,backendName:"webgpu",kernelFunc:nE};var Ru=class{constructor(t,e,o){if(this.outputShape=[],this.variableNames=["x","segmentIds"],this.uniforms="numSegments : i32, xSize: i32,",this.workgroupSize=[64,1,1],this.atomic=!0,this.outputShape=e,this.dispatchLayout=M(t),this.dispatch=F(this.dispatchLayout,t,this.workgroupSize),o!=="float32"&&o!=="int32")throw new Error(`UnsortedSegmentSum only supports float32 and int32
              types, does not support ${o} type.`);this.type=o,this.shaderKey="unsortedSegmentSum"}getUserCode(){return`
    ${A("index")} {
      if (index < uniforms.xSize) {
        let coords = getXCoordsFromIndex(index);
        let b = coords[0];
        let inCol = coords[1];

        let segmentId = i32(getSegmentIds(inCol));
        if (segmentId >= 0) {
          let flatIndex = b * uniforms.numSegments + segmentId % uniforms.numSegments;
          let value = getX(b, inCol);

          ${Jt("&result[flatIndex]","value",this.type)}
        }
      }
    }
  `}};function sE(r){let{inputs:t,backend:e,attrs:o}=r,{x:n,segmentIds:s}=t,{numSegments:i}=o,a=n.shape.length,p=[],u=0,c=E.getAxesPermutation([u],a),l=n;c!=null&&(l=_t({inputs:{x:n},backend:e,attrs:{perm:c}}),p.push(l),u=E.getInnerMostAxes(1,a)[0]);let m=E.segment_util.computeOutShape(l.shape,u,i),f=b.sizeFromShape([l.shape[u]]),d=O({inputs:{x:l},backend:e,attrs:{shape:[-1,f]}});p.push(d);let g=n.dtype,h=[d.shape[0],i],S=wt({backend:e,attrs:{shape:h,value:0,dtype:g}}),T=new Ru(d.shape,h,g),k=[{type:"int32",data:[i]},{type:"int32",data:[b.sizeFromShape(d.shape)]}],v=e.runWebGPUProgram(T,[d,s],g,k,S),N=O({inputs:{x:v},backend:e,attrs:{shape:m}});p.push(v);let R=N;if(c!=null){p.push(N);let P=E.getUndoAxesPermutation(c);R=_t({inputs:{x:R},backend:e,attrs:{perm:P}})}return p.forEach(P=>e.disposeData(P.dataId)),R}var aC={kernelName:wn,backendName:"webgpu",kernelFunc:sE};var iE=[Ux,ib,ab,pb,ub,lb,mb,fb,db,hb,gb,xb,yb,bb,wb,vb,Ib,kb,Tb,Nb,Eb,$b,Rb,Mb,_b,Gb,Vx,zb,Ob,Ub,Wb,Vb,Hb,qb,Kb,Xb,jb,Yb,Jb,tw,ew,rw,nw,sw,ow,iw,aw,pw,uw,lw,fw,dw,hw,gw,xw,yw,bw,ww,Sw,Lx,Cw,kw,vw,Iw,Tw,Nw,Dw,Ew,$w,Rw,Aw,Wx,Fw,Lb,Pw,Mw,_w,Gw,Bw,zw,Lw,Uw,Ow,Ww,Vw,Hw,Kw,Xw,Sb,jw,Yw,Jw,Zw,Qw,tS,Cb,eS,rS,oS,nS,iS,cw,aS,pS,uS,Ab,lS,fS,dS,hS,gS,xS,yS,bS,Fb,wS,SS,CS,vS,Ox,IS,kS,TS,NS,DS,ES,$S,RS,AS,FS,PS,MS,_S,GS,BS,zS,Db,YS,ZS,QS,sS,LS,OS,US,WS,HS,qS,KS,XS,jS,JS,mw,tC,eC,rC,VS,nC,sC,cb,iC,aC,cS];for(let r of iE)Xm(r);function cm(r){let t=Number(new DataView(r).getBigUint64(0,!0)),{__metadata__:e={},...o}=JSON.parse(new TextDecoder().decode(new Uint8Array(r,8,t))),n=new Map;for(let[s,{dtype:i,shape:a,data_offsets:[p,u]}]of Object.entries(o)){if(i!=="F32")throw new Error(`${s} is ${i}`);n.set(s,{name:s,shape:a,data:new Float32Array(r.slice(8+t+p,8+t+u))})}return{metadata:e,tensors:n}}var lC=[32,64,64],mm=8,cC=1e-5,Au=11,fs=1e3,pC=581985;function mC(){let[r,t,e]=lC,o=4*r,n=[],s=(c,l,m,f=1)=>n.push({name:c,shape:l,kind:m,fanIn:f}),i=(c,l)=>{s(`${c}.weight`,[l],"scale"),s(`${c}.bias`,[l],"shift")},a=(c,l,m)=>{s(`${c}.weight`,[m,l],"weight",l),s(`${c}.bias`,[m],"bias",l)},p=(c,l,m,f=3)=>{s(`${c}.weight`,[m,l,f,f],"weight",l*f*f),s(`${c}.bias`,[m],"bias",l*f*f)},u=(c,l,m)=>{i(`${c}.norm1`,l),p(`${c}.conv1`,l,m),a(`${c}.emb`,o,m),i(`${c}.norm2`,m),p(`${c}.conv2`,m,m),l!==m&&p(`${c}.skip`,l,m,1)};a("time_mlp.0",r,o),a("time_mlp.2",o,o),s("class_embed.weight",[Au,o],"embedding"),p("conv_in",1,r);for(let[c,l,m]of[[0,r,t],[1,t,e]])u(`down.${c}.block`,l,l),p(`down.${c}.downsample`,l,m);u("mid.block1",e,e),i("mid.attn.norm",e),a("mid.attn.qkv",e,3*e),a("mid.attn.proj",e,e),u("mid.block2",e,e);for(let[c,l,m]of[[0,e,t],[1,t,r]])p(`up.${c}.upsample`,l,m),u(`up.${c}.block`,2*m,m);return i("norm_out",r),p("conv_out",r,1),n}function fC(r){if(r!==pC)throw new Error(`${r} parameters, not ${pC}`)}function aE(r){let t=r>>>0;return()=>{t=t+1831565813>>>0;let e=Math.imul(t^t>>>15,t|1);return e^=e+Math.imul(e^e>>>7,e|61),((e^e>>>14)>>>0)/2**32}}var uC=aE(987654321);function fm(r){let t=new Float32Array(r);for(let e=0;e<r;e+=2){let o=Math.sqrt(-2*Math.log(1-uC())),n=2*Math.PI*uC();t[e]=o*Math.cos(n),e+1<r&&(t[e+1]=o*Math.sin(n))}return t}function hs(r){let t=lC[0],e=t/2,o=new Float32Array(r.length*t);return r.forEach((n,s)=>{for(let i=0;i<e;i+=1){let a=n*Math.exp(-Math.log(1e4)*i/e);o[s*t+i]=Math.sin(a),o[s*t+e+i]=Math.cos(a)}}),o}function gs(r){let t=new Float32Array(r.length*Au);return r.forEach((e,o)=>{t[o*Au+e]=1}),t}var dm=r=>Array.from({length:r},(t,e)=>e%10),ui=new Float64Array(fs);for(let r=0,t=1;r<fs;r+=1)t*=1-(1e-4+(.02-1e-4)*r/(fs-1)),ui[r]=t;var ds=r=>[Math.sqrt(ui[r]),Math.sqrt(1-ui[r])];function dC(r){let t=o=>r===1?fs-1:Math.round((fs-1)*(r-1-o)/(r-1)),e=Array.from({length:r},(o,n)=>t(n));return e.map((o,n)=>{let s=ui[o],i=n+1<r?ui[e[n+1]]:1,a=1-s/i,[p,u]=ds(o);return{t:o,scale:1/p,shift:u/p,x0:Math.sqrt(i)*a/(1-s),xt:Math.sqrt(1-a)*(1-i)/(1-s),sigma:Math.sqrt(a*(1-i)/(1-s))}})}function hC(r){let t=o=>Array.from({length:r},()=>Math.floor(Math.random()*o)),e=t(fs);return{x0:Float32Array.from({length:r*784},()=>2*Math.random()-1),time:hs(e),y:gs(t(Au)),signal:Float32Array.from(e,o=>ds(o)[0]),rest:Float32Array.from(e,o=>ds(o)[1])}}var li={rate:.001,beta1:.9,beta2:.999,epsilon:1e-8};async function gC(r){let t=await fetch(`./${r}`);if(!t.ok)throw new Error(`${r}: HTTP ${t.status}`);return t.arrayBuffer()}async function xC(){let{tensors:r}=cm(await gC("weights.safetensors")),t=mC().map(e=>({...e,data:r.get(e.name).data}));return fC(t.reduce((e,{data:o})=>e+o.length,0)),t}async function yC(){let{tensors:r}=cm(await gC("reference.safetensors")),t=n=>r.get(n).data,e=[...t("t")],o=[...t("y")];return{batch:e.length,t:e,labels:o,x:t("x"),x0:t("x0"),eps:t("eps"),time:hs(e),y:gs(o),signal:Float32Array.from(e,n=>ds(n)[0]),rest:Float32Array.from(e,n=>ds(n)[1])}}function bC(r){return[Math.sqrt(r.reduce((e,o)=>e+o*o,0)),...Array.from({length:8},(e,o)=>r[Math.floor(o*r.length/8)])]}var pE={2:[1,0],4:[2,3,1,0]},uE={2:[1,0],4:[3,2,0,1]},wC=(r,t,e)=>e==="weight"?Qt(r,t[r.rank]):r;function SC(r){let t=new Map,e=v=>t.get(v)?.variable,o=v=>$(v,ve(v)),n=(v,N)=>H(lt(v,e(`${N}.weight`)),e(`${N}.bias`)),s=(v,N,R=1)=>{let P=e(`${N}.weight`),G=(P.shape[0]-1)/2;return La.conv2d({x:v,filter:P,strides:R,pad:G,dimRoundingMode:"floor",bias:e(`${N}.bias`)})},i=(v,N)=>{let[R,P,G,B]=v.shape,L=D(v,[R,P*G,mm,B/mm]),{mean:U,variance:X}=Hl(L,[1,3],!0),Q=$(tt(L,U),Kr(H(X,cC)));return H($(D(Q,v.shape),e(`${N}.weight`)),e(`${N}.bias`))},a=(v,N,R)=>{let P=n(N,`${R}.emb`),[G,B]=P.shape,L=H(s(o(i(v,`${R}.norm1`)),`${R}.conv1`),D(P,[G,1,1,B])),U=s(o(i(L,`${R}.norm2`)),`${R}.conv2`);return H(U,e(`${R}.skip.weight`)?s(v,`${R}.skip`):v)},p=(v,N)=>{let[R,P,G,B]=v.shape,L=P*G,U=D(i(v,`${N}.norm`),[R*L,B]),[X,Q,ot]=ge(D(n(U,`${N}.qkv`),[R,L,3*B]),3,2),it=$(lt(X,Q,!1,!0),1/Math.sqrt(B)),gt=D(lt(Ys(it),ot),[R*L,B]);return H(v,D(n(gt,`${N}.proj`),v.shape))},u=v=>ch.resizeNearestNeighbor(v,[2*v.shape[1],2*v.shape[2]]),c=(v,N,R)=>{let P=n(o(n(N,"time_mlp.0")),"time_mlp.2"),G=o(H(P,lt(R,e("class_embed.weight")))),B=a(s(v,"conv_in"),G,"down.0.block"),L=a(s(B,"down.0.downsample",2),G,"down.1.block"),U=a(s(L,"down.1.downsample",2),G,"mid.block1");return U=a(p(U,"mid.attn"),G,"mid.block2"),[L,B].forEach((X,Q)=>{U=de([s(u(U),`up.${Q}.upsample`),X],3),U=a(U,G,`up.${Q}.block`)}),s(o(i(U,"norm_out")),"conv_out")},l=v=>wr(v,[v.length/784,28,28,1]),m=(v,N)=>wr(v,[N,v.length/N]),f=v=>wr(v,[v.length,1,1,1]),d=({x0:v,time:N,y:R,signal:P,rest:G},B)=>ut(()=>{let L=P.length,U=l(B),X=H($(l(v),f(P)),$(U,f(G)));return Ze(et(tt(c(X,m(N,L),m(R,L)),U)))});async function g(v){let N=Ze(v),[R]=await N.data();return Tt([v,N]),R}async function h(v){let{value:N,grads:R}=Vs(()=>d(v,v.eps)),P={};for(let[G,{kind:B}]of t)P[G]=bC(await wC(R[G],uE,B).data());return{loss:(await N.data())[0],gradient:P}}let S=new Map;function T(v){if(!S.has(v)){let N=m(hs(Array(v).fill(500)),v);S.set(v,[l(fm(v*784)),N,m(gs(dm(v)),v)])}return S.get(v)}let k;return{async init(){let v=await r();for(let{name:N,shape:R,kind:P,data:G}of await xC()){let B=ut(()=>pc(wC(wr(G,R),pE,P),!0,N));t.set(N,{kind:P,variable:B})}return{version:hc,...v}},async check(v){let N=await yC();return{output:[...await ut(()=>c(l(N.x),m(N.time,N.batch),m(N.y,N.batch))).data()],...v&&await h(N)}},async forward(v){let N=T(v);return g(ut(()=>c(...N)))},async chain(v,N){let R=m(gs(dm(v)),v),P=Fa([v,28,28,1]);for(let{t:G,scale:B,shift:L,x0:U,xt:X,sigma:Q}of dC(N)){let ot=ut(()=>{let it=c(P,m(hs(Array(v).fill(G)),v),R),gt=_s(tt($(P,B),$(it,L)),-1,1),oe=H($(gt,U),$(P,X));return H(oe,$(Fa(P.shape),Q))});P.dispose(),P=ot}return R.dispose(),g(P)},async train(v){k??=Dh.adam(li.rate,li.beta1,li.beta2,li.epsilon);let N=hC(v);return g(k.minimize(()=>d(N,fm(v*784)),!0))}}}window.bench=SC(async()=>{if(!await kf("webgpu"))throw new Error("tfjs could not start its webgpu backend");return await Tf(),{adapter:Df().adapterInfo?.description}});
