use lesionscope::model::{*,network::Network};
fn cpu()->f64{let s=std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();s.split(" ").next().unwrap().parse::<f64>().unwrap()/1e6}
fn main(){
 let d=std::env::args().nth(1).unwrap();
 let n=Network::from_parts(&std::fs::read_to_string(format!("{d}/model.toml")).unwrap(),&std::fs::read(format!("{d}/weights.safetensors")).unwrap(),&d).unwrap();
 println!("fine MMAC {} gate {}", n.card().classifier.multiply_adds()/1000, n.card().gate.multiply_adds()/1000);
 let mut m=n.fork();
 
 for _ in 0..3{
 let lv=image::RgbImage::from_fn(856,480,|x,y|image::Rgb([(x*y%255) as u8,(x%255) as u8,y as u8]));
 let t=cpu(); let g=m.gate(&lv).unwrap(); println!("gate {} in {:?}",g.len(),cpu()-t);
 let band=image::imageops::crop_imm(&lv,0,0,856,88).to_image();
 let t=cpu(); let g=m.gate(&band).unwrap(); println!("gate band {} in {:?}",g.len(),cpu()-t);
 let w:Vec<_>=(0..16).map(|i|image::imageops::crop_imm(&lv,i*40,7,64,64).to_image()).collect();
 let t=cpu(); for _ in 0..10 {m.classify(&w).unwrap();} println!("classify {:?} a window",(cpu()-t)/160.0);
 }
}
