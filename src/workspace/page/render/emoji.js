// The emoji names that people and runbooks use most. A name that is not here stays as it was written.

/** @type {Record<string, string>} */
export const EMOJI = Object.fromEntries(
  `white_check_mark ✅|heavy_check_mark ✔️|ballot_box_with_check ☑️|x ❌|negative_squared_cross_mark ❎|o ⭕
  warning ⚠️|no_entry ⛔|no_entry_sign 🚫|octagonal_sign 🛑|stop_sign 🛑|rotating_light 🚨|construction 🚧
  question ❓|grey_question ❔|exclamation ❗|heavy_exclamation_mark ❗|bangbang ‼️|interrobang ⁉️
  information_source ℹ️|bulb 💡|bell 🔔|no_bell 🔕|mega 📣|loudspeaker 📢|speech_balloon 💬|thought_balloon 💭
  red_circle 🔴|large_red_circle 🔴|orange_circle 🟠|large_orange_circle 🟠|large_yellow_circle 🟡|yellow_circle 🟡
  large_green_circle 🟢|green_circle 🟢|large_blue_circle 🔵|blue_circle 🔵|purple_circle 🟣|white_circle ⚪
  black_circle ⚫|red_square 🟥|large_red_square 🟥|large_orange_square 🟧|large_yellow_square 🟨
  large_green_square 🟩|large_blue_square 🟦|white_large_square ⬜|black_large_square ⬛|black_square_button 🔲
  small_blue_diamond 🔹|small_orange_diamond 🔸|large_blue_diamond 🔷|large_orange_diamond 🔶
  hourglass ⌛|hourglass_flowing_sand ⏳|stopwatch ⏱️|timer_clock ⏲️|alarm_clock ⏰|clock1 🕐|clock3 🕒|clock12 🕛
  watch ⌚|calendar 📆|date 📅|spiral_calendar_pad 🗓️|arrow_forward ▶️|double_vertical_bar ⏸️|pause_button ⏸️
  black_square_for_stop ⏹️|stop_button ⏹️|fast_forward ⏩|rewind ⏪|black_right_pointing_double_triangle_with_vertical_bar ⏭️
  arrow_right ➡️|arrow_left ⬅️|arrow_up ⬆️|arrow_down ⬇️|leftwards_arrow_with_hook ↩️|arrow_right_hook ↪️
  arrows_counterclockwise 🔄|arrows_clockwise 🔃|repeat 🔁|back 🔙|soon 🔜|end 🔚|top 🔝|new 🆕|ok 🆗|sos 🆘|free 🆓
  zero 0️⃣|one 1️⃣|two 2️⃣|three 3️⃣|four 4️⃣|five 5️⃣|six 6️⃣|seven 7️⃣|eight 8️⃣|nine 9️⃣|keycap_ten 🔟|100 💯
  wrench 🔧|hammer 🔨|hammer_and_wrench 🛠️|gear ⚙️|nut_and_bolt 🔩|toolbox 🧰|electric_plug 🔌|battery 🔋|fire 🔥
  fire_extinguisher 🧯|boom 💥|zap ⚡|bug 🐛|test_tube 🧪|microscope 🔬|mag 🔍|mag_right 🔎|satellite 🛰️
  satellite_antenna 📡|computer 💻|desktop_computer 🖥️|keyboard ⌨️|floppy_disk 💾|cd 💿|minidisc 💽|package 📦
  file_cabinet 🗄️|card_file_box 🗃️|wastebasket 🗑️|file_folder 📁|open_file_folder 📂|page_facing_up 📄|scroll 📜
  memo 📝|pencil 📝|pencil2 ✏️|clipboard 📋|pushpin 📌|round_pushpin 📍|paperclip 📎|link 🔗|bookmark 🔖|books 📚
  book 📖|notebook 📓|chart_with_upwards_trend 📈|chart_with_downwards_trend 📉|bar_chart 📊|lock 🔒|unlock 🔓
  closed_lock_with_key 🔐|key 🔑|old_key 🗝️|shield 🛡️|email 📧|envelope ✉️|inbox_tray 📥|outbox_tray 📤|phone ☎️
  telephone_receiver 📞|iphone 📱|globe_with_meridians 🌐|earth_africa 🌍|earth_americas 🌎|house 🏠|office 🏢
  factory 🏭|ship 🚢|rocket 🚀|airplane ✈️|truck 🚚|ambulance 🚑|traffic_light 🚦|vertical_traffic_light 🚦|anchor ⚓
  checkered_flag 🏁|triangular_flag_on_post 🚩|flag-white 🏳️|trophy 🏆|medal 🏅|dart 🎯|tada 🎉|confetti_ball 🎊
  sparkles ✨|star ⭐|star2 🌟|dizzy 💫|sunny ☀️|moon 🌙|crescent_moon 🌙|zzz 💤|cloud ☁️|coffee ☕|beer 🍺|cake 🍰
  pizza 🍕|seedling 🌱|evergreen_tree 🌲|snowflake ❄️|rainbow 🌈|elephant 🐘|turtle 🐢|whale 🐳|robot_face 🤖
  ghost 👻|skull 💀|eyes 👀|eye 👁️|wave 👋|thumbsup 👍|+1 👍|thumbsdown 👎|-1 👎|ok_hand 👌|clap 👏
  raised_hands 🙌|raised_hand ✋|hand ✋|pray 🙏|handshake 🤝|muscle 💪|point_right 👉|point_left 👈|point_up ☝️
  point_down 👇|crossed_fingers 🤞|facepalm 🤦|shrug 🤷|bust_in_silhouette 👤|busts_in_silhouette 👥|technologist 🧑‍💻
  smile 😄|slightly_smiling_face 🙂|grinning 😀|joy 😂|sweat_smile 😅|wink 😉|blush 😊|sunglasses 😎|thinking_face 🤔
  neutral_face 😐|worried 😟|cry 😢|sob 😭|scream 😱|sleeping 😴|relieved 😌|heart ❤️|green_heart 💚|blue_heart 💙
  broken_heart 💔|heavy_plus_sign ➕|heavy_minus_sign ➖|recycle ♻️|infinity ♾️|label 🏷️|ticket 🎫|door 🚪|bomb 💣`
    .split(/[|\n]/)
    .map((entry) => entry.trim().split(' ')),
)
