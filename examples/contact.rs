use lesionscope::train::{dataset,pool::Pool,windows::*,run::*};
use rand::SeedableRng;
fn main(){
 let classes=bundled_classes();
 let index=|n:&str|{let m=dataset::MERGED.iter().find(|(_,s)|s.contains(&n)).map(|(c,_)|*c)?;classes.iter().position(|c|c.name==m)};
 let mut items=dataset::read(std::path::Path::new("target/data/open"),&index).unwrap();
 items.retain(|i| i.side==dataset::Side::Train);
 let items:Vec<_>=items.into_iter().enumerate().filter(|(i,it)| i%6==0|| it.source.starts_with("pad")).map(|x|x.1).collect();
 let p=Pool::read(&items,dataset::Side::Train,&||()).unwrap();
 let mut rng=rand_chacha::ChaCha8Rng::seed_from_u64(3);
 let s=Sides{classifier:64,gate:24};
 let mut sheet=image::RgbImage::new(20*66,14*66);
 let t=std::time::Instant::now();
 for i in 0..280{let e=draw(&p,s,&mut rng);
  let (x,y)=((i%20)*66,(i/20)*66);
  let col=[[0,0,255],[255,255,255],[0,200,0],[0,255,255],[255,0,0],[255,0,255],[255,255,0]][e.class];
  for j in 0..66{for k in 0..66{sheet.put_pixel(x+j,y+k,image::Rgb(col));}}
  image::imageops::replace(&mut sheet,&e.window,x as i64+1,y as i64+1);
 }
 println!("{} us/window",t.elapsed().as_micros()/280);
 sheet.save("/tmp/fr/contact.png").unwrap();
}
