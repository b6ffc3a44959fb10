<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN">
    <context>
        <name>AboutSection</name>
        <message>
            <source>About</source>
            <translation>关于</translation>
        </message>
        <message>
            <source>Crash reports</source>
            <translation>崩溃报告</translation>
        </message>
        <message>
            <source>None. If Palimpsest ever ends unexpectedly, the next start writes down here what is known of it.</source>
            <translation>没有。如果 Palimpsest 意外退出，下次启动时会在这里记下已知的情况。</translation>
        </message>
        <message>
            <source>Made of</source>
            <translation>组成</translation>
        </message>
        <message>
            <source>Everything Palimpsest uses, with the version and the licence that are installed here.</source>
            <translation>Palimpsest 用到的全部组件，以及这里安装的版本和许可证。</translation>
        </message>
        <message>
            <source>Palimpsest {version}. It reads books into disposable memory on this computer. It needs no account, opens no connection by itself and sends nothing anywhere. Licence: Apache 2.0.</source>
            <translation>Palimpsest {version}。它在这台电脑上把书读进可以随时丢弃的记忆。不需要账号，不会自行联网，也不向任何地方发送任何内容。许可证：Apache 2.0。</translation>
        </message>
        <message>
            <source>Read</source>
            <translation>查看</translation>
        </message>
        <message>
            <source>Delete</source>
            <translation>删除</translation>
        </message>
        <message>
            <source>Open the folder of the log</source>
            <translation>打开日志文件夹</translation>
        </message>
        <message>
            <source>Read the chosen report</source>
            <translation>查看选中的报告</translation>
        </message>
        <message>
            <source>Delete the chosen report</source>
            <translation>删除选中的报告</translation>
        </message>
        <message>
            <source>Name</source>
            <translation>名称</translation>
        </message>
        <message>
            <source>Version</source>
            <translation>版本</translation>
        </message>
        <message>
            <source>Licence</source>
            <translation>许可证</translation>
        </message>
    </context>
    <context>
        <name>Actions</name>
        <message>
            <source>{words} ({key})</source>
            <translation>{words}（{key}）</translation>
        </message>
    </context>
    <context>
        <name>Adding</name>
        <message>
            <source>Add to the library</source>
            <translation>加入书库</translation>
        </message>
        <message>
            <source>Books and chats</source>
            <translation>书籍和聊天记录</translation>
        </message>
        <message>
            <source>All files</source>
            <translation>所有文件</translation>
        </message>
        <message>
            <source>Add the books of a folder</source>
            <translation>加入文件夹中的书</translation>
        </message>
        <message>
            <source>“{title}” is on the shelf again.</source>
            <translation>《{title}》已放回书库。</translation>
        </message>
        <message>
            <source>“{title}” is in the library already.</source>
            <translation>《{title}》已在书库中。</translation>
        </message>
    </context>
    <context>
        <name>AskOptions</name>
        <message>
            <source>What may be used for an answer</source>
            <translation>回答时可以用什么</translation>
        </message>
        <message>
            <source>Use the adapter</source>
            <translation>使用适配器</translation>
        </message>
        <message>
            <source>Use passages of the book</source>
            <translation>使用书中的段落</translation>
        </message>
        <message>
            <source>Use segment memory</source>
            <translation>使用分段记忆</translation>
        </message>
        <message>
            <source>Let gists stand in for prompts</source>
            <translation>用要旨代替提示</translation>
        </message>
        <message>
            <source>Read passages twice</source>
            <translation>段落读两遍</translation>
        </message>
        <message>
            <source>Where it helps this model</source>
            <translation>对此模型有帮助时</translation>
        </message>
        <message>
            <source>Always</source>
            <translation>总是</translation>
        </message>
        <message>
            <source>Never</source>
            <translation>从不</translation>
        </message>
    </context>
    <context>
        <name>AskPanel</name>
        <message>
            <source>Saved as {file}.</source>
            <translation>已保存为 {file}。</translation>
        </message>
        <message>
            <source>This is a new conversation; the one before stays as it was.</source>
            <translation>这是新的对话；之前的对话保持原样。</translation>
        </message>
        <message>
            <source>&amp;New conversation</source>
            <translation>新对话(&amp;N)</translation>
        </message>
        <message>
            <source>&amp;Conversations about this book</source>
            <translation>关于这本书的对话(&amp;C)</translation>
        </message>
        <message>
            <source>Answer a&amp;gain</source>
            <translation>重新回答(&amp;G)</translation>
        </message>
        <message>
            <source>Sa&amp;ve this conversation …</source>
            <translation>保存这段对话(&amp;V)…</translation>
        </message>
        <message>
            <source>&amp;Stop the answer</source>
            <translation>停止回答(&amp;S)</translation>
        </message>
        <message>
            <source>Markdown (*.md)</source>
            <translation>Markdown (*.md)</translation>
        </message>
        <message>
            <source>Plain text (*.txt)</source>
            <translation>纯文本 (*.txt)</translation>
        </message>
        <message>
            <source>JSON lines (*.jsonl)</source>
            <translation>JSON Lines (*.jsonl)</translation>
        </message>
        <message>
            <source>Save this conversation</source>
            <translation>保存这段对话</translation>
        </message>
        <message>
            <source>Changing “{question}”</source>
            <translation>正在修改“{question}”</translation>
        </message>
        <message>
            <source>The settings have llama.cpp write, which cannot write with this model.</source>
            <translation>设置中选了由 llama.cpp 写回答，但它不能用于此模型。</translation>
        </message>
        <message>
            <source>Let PyTorch write</source>
            <translation>改由 PyTorch 写</translation>
        </message>
        <message>
            <source>The question was deleted.</source>
            <translation>问题已删除。</translation>
        </message>
        <message>
            <source>The conversation was deleted.</source>
            <translation>对话已删除。</translation>
        </message>
        <message>
            <source>Undo</source>
            <translation>撤销</translation>
        </message>
        <message>
            <source>Stop (Esc)</source>
            <translation>停止（Esc）</translation>
        </message>
        <message>
            <source>Ask (Enter)</source>
            <translation>提问（回车）</translation>
        </message>
        <message>
            <source>Only up to here</source>
            <translation>只到这里为止</translation>
        </message>
        <message>
            <source>Look for passages only in what stands before the end of this page; nothing later is shown.</source>
            <translation>只在本页末尾之前的文字里寻找段落；后面的内容不会出现。</translation>
        </message>
        <message>
            <source>Conversations about this book (Ctrl+Shift+K)</source>
            <translation>关于这本书的对话（Ctrl+Shift+K）</translation>
        </message>
        <message>
            <source>Ask …</source>
            <translation>提问…</translation>
        </message>
        <message>
            <source>Question</source>
            <translation>问题</translation>
        </message>
    </context>
    <context>
        <name>AskPreview</name>
        <message>
            <source>Nothing</source>
            <translation>无</translation>
        </message>
        <message>
            <source>Nothing in this part of the book speaks of that.</source>
            <translation>书的这一部分没有谈到这个。</translation>
        </message>
        <message>
            <source>would read {count} tokens</source>
            <translation>将读 {count} 个词元</translation>
        </message>
        <message>
            <source>({count} re-used)</source>
            <translation>（复用 {count} 个）</translation>
        </message>
        <message numerus="yes">
            <source>%n passage(s)</source>
            <translation>
                <numerusform>%n 个段落</numerusform>
            </translation>
        </message>
        <message>
            <source>{passages} from {places}</source>
            <translation>{passages}，出自：{places}</translation>
        </message>
        <message numerus="yes">
            <source>%n segment(s) of the book</source>
            <translation>
                <numerusform>书的 %n 个分段</numerusform>
            </translation>
        </message>
        <message>
            <source>{segments} from memory</source>
            <translation>记忆中：{segments}</translation>
        </message>
        <message>
            <source>adapter from {day}</source>
            <translation>适配器：{day}</translation>
        </message>
        <message>
            <source>first word in about {time}</source>
            <translation>首词约需 {time}</translation>
        </message>
    </context>
    <context>
        <name>AskingSection</name>
        <message>
            <source>Asking</source>
            <translation>提问</translation>
        </message>
        <message>
            <source>Longest answer, in tokens</source>
            <translation>回答的最大长度（词元）</translation>
        </message>
        <message>
            <source>A token is about three quarters of an English word. Long answers take longer.</source>
            <translation>一个词元大约相当于一个半汉字。回答越长，用时越久。</translation>
        </message>
        <message>
            <source>Freedom of words</source>
            <translation>用词的自由度</translation>
        </message>
        <message>
            <source>0 always takes the likeliest word, so that the same question gets the same answer.</source>
            <translation>0 表示总是选最可能的词，同一个问题得到同样的回答。</translation>
        </message>
        <message>
            <source>Answers are written with</source>
            <translation>用什么写回答</translation>
        </message>
        <message>
            <source>llama.cpp writes several times as fast, with models that came as GGUF files; the Models page says whether it is here. Books are learned with PyTorch in any case.</source>
            <translation>对于以 GGUF 文件加入的模型，llama.cpp 写回答快几倍；“模型”页会说明这里是否已安装。学习书籍始终用 PyTorch。</translation>
        </message>
        <message>
            <source>Learning</source>
            <translation>学习</translation>
        </message>
        <message>
            <source>Keep the computer awake while a book is being learned</source>
            <translation>学习时不让电脑睡眠</translation>
        </message>
        <message>
            <source>Tell me when learning has ended</source>
            <translation>学习结束时通知我</translation>
        </message>
        <message>
            <source>As a notification of the desktop, only while this window is not in view.</source>
            <translation>以桌面通知的方式，仅当看不到本窗口时。</translation>
        </message>
        <message>
            <source>Long documents</source>
            <translation>长文档</translation>
        </message>
        <message>
            <source>Ask with segment memory</source>
            <translation>提问时使用分段记忆</translation>
        </message>
        <message>
            <source>If a document has segment memory, the parts of it that speak of a question stand before it.</source>
            <translation>文档有分段记忆时，与问题有关的部分会放在问题之前。</translation>
        </message>
        <message>
            <source>Make segment memory of long documents in the background</source>
            <translation>在后台为长文档生成分段记忆</translation>
        </message>
        <message>
            <source>A document longer than the model’s window is compressed once it is opened, if the model has a segment compressor. Questions take precedence, and it can be paused at any time.</source>
            <translation>文档超出模型的窗口、而模型有分段压缩器时，打开文档就会开始压缩。提问优先，压缩可随时暂停。</translation>
        </message>
        <message>
            <source>Adding</source>
            <translation>加入</translation>
        </message>
        <message>
            <source>Keep a copy of added PDFs</source>
            <translation>保留所加 PDF 的副本</translation>
        </message>
        <message>
            <source>Their pages can then be shown beside the text. The copy goes when the book is forgotten.</source>
            <translation>这样可以在正文旁边显示原页。忘掉这本书时，副本也一并删除。</translation>
        </message>
        <message>
            <source>Whatever is fastest here</source>
            <translation>这台电脑上最快的</translation>
        </message>
        <message>
            <source>As usual</source>
            <translation>恢复默认</translation>
        </message>
        <message>
            <source>Asking and learning as usual</source>
            <translation>提问和学习恢复默认</translation>
        </message>
        <message>
            <source>Put the settings of this page back to what they were at first</source>
            <translation>把本页的设置恢复为最初的值</translation>
        </message>
    </context>
    <context>
        <name>Banner</name>
        <message>
            <source>No action</source>
            <translation>无操作</translation>
        </message>
        <message>
            <source>Close this message</source>
            <translation>关闭这条消息</translation>
        </message>
        <message>
            <source>Message</source>
            <translation>消息</translation>
        </message>
    </context>
    <context>
        <name>BookMemories</name>
        <message>
            <source>Forget what {model} learned of “{title}” ({size})? It would have to be learned again.</source>
            <translation>忘掉 {model} 对《{title}》的学习（{size}）吗？以后要用就得重新学习。</translation>
        </message>
        <message>
            <source>Forget the segment memory of “{title}” ({size})? It would have to be made again.</source>
            <translation>忘掉《{title}》的分段记忆（{size}）吗？以后要用就得重新生成。</translation>
        </message>
        <message>
            <source>Forget it</source>
            <translation>忘掉</translation>
        </message>
        <message>
            <source>A memory is forgotten: {size} removed, {count} traces left.</source>
            <translation>已忘掉一份记忆：删除 {size}，残留 {count} 处痕迹。</translation>
        </message>
        <message>
            <source>A segment memory is forgotten: {size} removed.</source>
            <translation>已忘掉一份分段记忆：删除 {size}。</translation>
        </message>
        <message numerus="yes">
            <source>%n memories</source>
            <translation>
                <numerusform>%n 份记忆</numerusform>
            </translation>
        </message>
        <message>
            <source>Go on compressing</source>
            <translation>继续压缩</translation>
        </message>
        <message>
            <source>Go on learning</source>
            <translation>继续学习</translation>
        </message>
        <message>
            <source>Learn again</source>
            <translation>重新学习</translation>
        </message>
        <message>
            <source>Leave aside</source>
            <translation>暂不使用</translation>
        </message>
        <message>
            <source>Use when I ask</source>
            <translation>提问时使用</translation>
        </message>
        <message>
            <source>An adapter is what a model has learned of one book: its style, its names, how one thing follows another. Segment memory is the whole book, compressed. Facts come from passages of the book, not from either.</source>
            <translation>适配器是模型对一本书所学到的东西：文风、人名、前后脉络。分段记忆是压缩后的整本书。事实来自书中的段落，而不是这两者。</translation>
        </message>
        <message>
            <source>Nothing has been learned yet. Open a book and let it be learned, on this machine.</source>
            <translation>还没有学习任何内容。打开一本书，让模型在本机上学习它。</translation>
        </message>
        <message>
            <source>Open the book</source>
            <translation>打开这本书</translation>
        </message>
        <message>
            <source>Forget …</source>
            <translation>忘掉…</translation>
        </message>
        <message>
            <source>Memories</source>
            <translation>记忆</translation>
        </message>
        <message>
            <source>Learn the book with the model in use</source>
            <translation>用当前模型学习这本书</translation>
        </message>
        <message>
            <source>Whether it is used when its book is asked about</source>
            <translation>就这本书提问时是否使用它</translation>
        </message>
    </context>
    <context>
        <name>BookView</name>
        <message>
            <source>Show the note</source>
            <translation>查看注释</translation>
        </message>
        <message>
            <source>Show the picture larger</source>
            <translation>放大图片</translation>
        </message>
        <message>
            <source>Follow the link</source>
            <translation>打开链接</translation>
        </message>
        <message>
            <source>Text of the book</source>
            <translation>书的正文</translation>
        </message>
        <message>
            <source>Text of the book, right page</source>
            <translation>书的正文，右页</translation>
        </message>
        <message>
            <source>Place in the book</source>
            <translation>在书中的位置</translation>
        </message>
    </context>
    <context>
        <name>Bridge</name>
        <message>
            <source>Something went wrong inside Palimpsest ({name}); details are in the log.</source>
            <translation>Palimpsest 内部出了问题（{name}）；详情见日志。</translation>
        </message>
        <message>
            <source>A result could not be stored. Is the disk full? Details are in the log.</source>
            <translation>有一个结果无法保存。磁盘满了吗？详情见日志。</translation>
        </message>
    </context>
    <context>
        <name>BudgetLine</name>
        <message>
            <source>{taken} of {budget} used ({share})</source>
            <translation>已用 {taken} / {budget}（{share}）</translation>
        </message>
        <message>
            <source>{tokens} tokens were not read again, which saved {time}.</source>
            <translation>少读 {tokens} 个词元，省下 {time}。</translation>
        </message>
        <message>
            <source>Nothing was used again yet.</source>
            <translation>还没有重复使用过。</translation>
        </message>
        <message>
            <source>Room for prompt caches</source>
            <translation>提示缓存的空间</translation>
        </message>
    </context>
    <context>
        <name>ChapterStrip</name>
        <message>
            <source>Chapter {number}</source>
            <translation>第 {number} 章</translation>
        </message>
        <message>
            <source>{title}: not learned yet</source>
            <translation>{title}：尚未学习</translation>
        </message>
        <message>
            <source>{title}: perplexity {adapter} with the adapter</source>
            <translation>{title}：用适配器困惑度 {adapter}</translation>
        </message>
        <message>
            <source>{title}: perplexity {adapter} with the adapter, {base} without, {gain}</source>
            <translation>{title}：用适配器困惑度 {adapter}，不用 {base}，{gain}</translation>
        </message>
        <message>
            <source>How much each chapter surprised the model</source>
            <translation>每一章让模型感到多意外</translation>
        </message>
    </context>
    <context>
        <name>Chip</name>
        <message>
            <source>Take this away</source>
            <translation>去掉</translation>
        </message>
        <message>
            <source>Nothing</source>
            <translation>无</translation>
        </message>
    </context>
    <context>
        <name>ColourButtons</name>
        <message>
            <source>Highlight in {colour}</source>
            <translation>用{colour}划线</translation>
        </message>
        <message>
            <source>in use</source>
            <translation>正在使用</translation>
        </message>
    </context>
    <context>
        <name>CompareDialog</name>
        <message>
            <source>Divergence over this answer: {figure}.</source>
            <translation>这个回答上的偏差：{figure}。</translation>
        </message>
        <message>
            <source>Both answers are written by the same model, one after the other, from nothing kept before.</source>
            <translation>两个回答由同一个模型先后写出，都不借助之前保存的内容。</translation>
        </message>
        <message>
            <source>Compare answers</source>
            <translation>比较回答</translation>
        </message>
        <message>
            <source>“{title}”: answers with the full prompt and with its gist</source>
            <translation>“{title}”：用完整提示与用要旨的回答</translation>
        </message>
        <message>
            <source>A question this prompt should shape …</source>
            <translation>一个会受此提示影响的问题…</translation>
        </message>
        <message>
            <source>Question</source>
            <translation>问题</translation>
        </message>
        <message>
            <source>Ask both</source>
            <translation>两边都问</translation>
        </message>
        <message>
            <source>Stop</source>
            <translation>停止</translation>
        </message>
        <message>
            <source>Stop answering</source>
            <translation>停止回答</translation>
        </message>
        <message>
            <source>Full prompt</source>
            <translation>完整提示</translation>
        </message>
        <message>
            <source>Gist of {k}</source>
            <translation>{k} 词元要旨</translation>
        </message>
    </context>
    <context>
        <name>CompressDialog</name>
        <message>
            <source>Keep</source>
            <translation>保存</translation>
        </message>
        <message>
            <source>Compress</source>
            <translation>压缩</translation>
        </message>
        <message>
            <source>Try again</source>
            <translation>再试一次</translation>
        </message>
        <message>
            <source>Kept exactly: answers are those of the full prompt.</source>
            <translation>已原样保存：回答与用完整提示时相同。</translation>
        </message>
        <message>
            <source>Undo</source>
            <translation>撤销</translation>
        </message>
        <message>
            <source>Make it my standing instructions</source>
            <translation>设为我的常驻指令</translation>
        </message>
        <message>
            <source>Undo: have the standing instructions of before</source>
            <translation>撤销：恢复之前的常驻指令</translation>
        </message>
        <message>
            <source>Every question is asked with it from now on.</source>
            <translation>从现在起，每个问题都会带上它。</translation>
        </message>
        <message>
            <source>Questions are asked with your standing instructions, and this file is not those. As it is, it serves “palimpsest ask --instructions”.</source>
            <translation>提问时带的是您的常驻指令，而这个文件不是。照现在这样，它供“palimpsest ask --instructions”使用。</translation>
        </message>
        <message>
            <source>The text then stands before every question about the book, without being read again.</source>
            <translation>这样，正文会放在关于这本书的每个问题之前，而不必重读。</translation>
        </message>
        <message>
            <source>The gist then stands in for this prompt, until you leave it aside.</source>
            <translation>这样，要旨会代替这个提示，直到您把它搁置。</translation>
        </message>
        <message>
            <source>That took {time}.</source>
            <translation>用时 {time}。</translation>
        </message>
        <message>
            <source>{tokens} tokens take {size} on disk and need not be read again.</source>
            <translation>{tokens} 个词元占用磁盘 {size}，以后不必重读。</translation>
        </message>
        <message>
            <source>{tokens} tokens became {slots}, {ratio} fewer: {k} gist tokens, {literals} kept word for word, and the first.</source>
            <translation>{tokens} 个词元变成 {slots} 个，压缩比 {ratio}：{k} 个要旨词元，{literals} 个逐字保留，外加第一个词元。</translation>
        </message>
        <message>
            <source>They take {gist} on disk instead of {exact}.</source>
            <translation>占用磁盘 {gist}，原样则需 {exact}。</translation>
        </message>
        <message>
            <source>Divergence from the full prompt: {gist}; without any prompt: {none}.</source>
            <translation>与完整提示的偏差：{gist}；完全不用提示时：{none}。</translation>
        </message>
        <message>
            <source>That is more than the bound for “says the same”: compare answers before using it.</source>
            <translation>这超过了“意思不变”的界限：使用之前请先比较回答。</translation>
        </message>
        <message>
            <source>Compress a prompt</source>
            <translation>压缩提示</translation>
        </message>
        <message>
            <source>A prompt is read once and kept, so that it need not be read again.</source>
            <translation>提示读一次就保存下来，以后不必重读。</translation>
        </message>
        <message>
            <source>As a gist, a few tokens stand in for it: it takes far less room and is used faster, and loses some.</source>
            <translation>存为要旨时，用少数几个词元代替它：占用空间少得多，用起来更快，但会损失一些内容。</translation>
        </message>
        <message>
            <source>Use it for answers</source>
            <translation>用于回答</translation>
        </message>
        <message>
            <source>Stop</source>
            <translation>停止</translation>
        </message>
        <message>
            <source>Stop compressing</source>
            <translation>停止压缩</translation>
        </message>
        <message>
            <source>Compare answers …</source>
            <translation>比较回答…</translation>
        </message>
        <message>
            <source>Close</source>
            <translation>关闭</translation>
        </message>
        <message>
            <source>Close this window</source>
            <translation>关闭此窗口</translation>
        </message>
    </context>
    <context>
        <name>CompressForm</name>
        <message>
            <source>A prompt from a file</source>
            <translation>来自文件的提示</translation>
        </message>
        <message>
            <source>My standing instructions</source>
            <translation>我的常驻指令</translation>
        </message>
        <message>
            <source>The beginning of a book</source>
            <translation>一本书的开头</translation>
        </message>
        <message>
            <source>A file: a persona, a glossary …</source>
            <translation>文件：角色设定、术语表…</translation>
        </message>
        <message>
            <source>exactly; nothing is lost</source>
            <translation>原样保存，毫无损失</translation>
        </message>
        <message>
            <source>as a gist, as short as still says the same</source>
            <translation>存为要旨，意思不变，尽量短</translation>
        </message>
        <message>
            <source>as a gist of {k}</source>
            <translation>存为 {k} 词元要旨</translation>
        </message>
        <message>
            <source>none chosen</source>
            <translation>未选择</translation>
        </message>
        <message>
            <source>Prompt</source>
            <translation>提示</translation>
        </message>
        <message>
            <source>Book</source>
            <translation>书</translation>
        </message>
        <message>
            <source>File</source>
            <translation>文件</translation>
        </message>
        <message>
            <source>Of its beginning, tokens</source>
            <translation>取开头的词元数</translation>
        </message>
        <message>
            <source>Keep it</source>
            <translation>保存方式</translation>
        </message>
        <message>
            <source>Choose …</source>
            <translation>选择…</translation>
        </message>
        <message>
            <source>Choose a file</source>
            <translation>选择文件</translation>
        </message>
        <message>
            <source>Keep names, numbers and quotations word for word</source>
            <translation>逐字保留名称、数字和引文</translation>
        </message>
        <message>
            <source>Fit the gist to this prompt where it does not say the same yet</source>
            <translation>意思有出入时，针对此提示优化要旨</translation>
        </message>
        <message>
            <source>Takes minutes, once; more of the prompt stays.</source>
            <translation>只需做一次，要几分钟；提示的内容会保留得更多。</translation>
        </message>
        <message>
            <source>The model in use has no gist encoder. Train one on the page Memory to compress prompts.</source>
            <translation>当前模型没有要旨编码器。要压缩提示，请在“记忆”页训练一个。</translation>
        </message>
        <message>
            <source>Gists lose these most easily. What they take is counted.</source>
            <translation>要旨最容易丢失这些内容。它们占用的词元会计入。</translation>
        </message>
    </context>
    <context>
        <name>Contents</name>
        <message>
            <source>Contents</source>
            <translation>目录</translation>
        </message>
        <message>
            <source>Find a chapter</source>
            <translation>查找章节</translation>
        </message>
    </context>
    <context>
        <name>ContextUsed</name>
        <message>
            <source>passages read once</source>
            <translation>段落读一遍</translation>
        </message>
        <message>
            <source>passages read once, the question twice</source>
            <translation>段落读一遍，问题读两遍</translation>
        </message>
        <message>
            <source>passages read twice</source>
            <translation>段落读两遍</translation>
        </message>
        <message>
            <source>passages and question read twice</source>
            <translation>段落和问题读两遍</translation>
        </message>
        <message>
            <source>without passages</source>
            <translation>不用段落</translation>
        </message>
        <message numerus="yes">
            <source>Context used: %n passage(s)</source>
            <translation>
                <numerusform>用到的上下文：%n 个段落</numerusform>
            </translation>
        </message>
        <message>
            <source>read {new} tokens with {reader}, re-used {reused}</source>
            <translation>由 {reader} 读了 {new} 个词元，复用 {reused} 个</translation>
        </message>
        <message>
            <source>read {new} tokens, re-used {reused}</source>
            <translation>读了 {new} 个词元，复用 {reused} 个</translation>
        </message>
        <message>
            <source>a gist stood in for {count} of them</source>
            <translation>其中 {count} 个由要旨代替</translation>
        </message>
        <message>
            <source>first word {time}</source>
            <translation>首词 {time}</translation>
        </message>
        <message>
            <source>{rate} tokens/s</source>
            <translation>{rate} 词元/秒</translation>
        </message>
        <message>
            <source>written with {writer}, {rate} tokens/s</source>
            <translation>由 {writer} 写，{rate} 词元/秒</translation>
        </message>
        <message>
            <source>without adapter</source>
            <translation>不用适配器</translation>
        </message>
        <message>
            <source>adapter from {day}</source>
            <translation>适配器：{day}</translation>
        </message>
        <message>
            <source>with adapter</source>
            <translation>用适配器</translation>
        </message>
        <message>
            <source>{adapter} at {share}</source>
            <translation>{adapter}（强度 {share}）</translation>
        </message>
        <message>
            <source>What {reader} had read was handed to {writer} in {time} ms.</source>
            <translation>{reader} 读过的内容用 {time} 毫秒交给了 {writer}。</translation>
        </message>
        <message numerus="yes">
            <source>%n segment(s) of the book</source>
            <translation>
                <numerusform>书的 %n 个分段</numerusform>
            </translation>
        </message>
        <message>
            <source>{segments} ({tokens} tokens) as {slots} slots</source>
            <translation>{segments}（{tokens} 个词元），占 {slots} 个记忆槽</translation>
        </message>
    </context>
    <context>
        <name>ConversationView</name>
        <message>
            <source>Earlier questions</source>
            <translation>更早的问题</translation>
        </message>
    </context>
    <context>
        <name>CrashReportDialog</name>
        <message>
            <source>Crash report</source>
            <translation>崩溃报告</translation>
        </message>
        <message>
            <source>This report lies on your computer and is sent nowhere. It holds nothing of your books.</source>
            <translation>这份报告只存放在您的电脑上，不会发送到任何地方，也不包含您书中的任何内容。</translation>
        </message>
        <message>
            <source>Copy</source>
            <translation>复制</translation>
        </message>
        <message>
            <source>Save …</source>
            <translation>保存…</translation>
        </message>
        <message>
            <source>Delete</source>
            <translation>删除</translation>
        </message>
        <message>
            <source>Close</source>
            <translation>关闭</translation>
        </message>
        <message>
            <source>Save the report</source>
            <translation>保存报告</translation>
        </message>
    </context>
    <context>
        <name>DataSection</name>
        <message>
            <source>Where is my data?</source>
            <translation>我的数据在哪里？</translation>
        </message>
        <message>
            <source>Everything Palimpsest keeps lies in one folder of yours, on this computer, and nowhere else.</source>
            <translation>Palimpsest 保存的一切都在这台电脑上您的一个文件夹里，别处没有。</translation>
        </message>
        <message>
            <source>Delete everything</source>
            <translation>删除全部</translation>
        </message>
        <message>
            <source>Removes all of the above. Files you added books from stay where they are, and so does whatever else lies in the folder. Afterwards Palimpsest starts as on the first day.</source>
            <translation>删除以上全部内容。您加入的原文件留在原处，文件夹里的其他东西也不动。之后 Palimpsest 会像第一天那样启动。</translation>
        </message>
        <message>
            <source>Together</source>
            <translation>合计</translation>
        </message>
        <message>
            <source>Free on this disk</source>
            <translation>磁盘剩余空间</translation>
        </message>
        <message>
            <source>Of this, {size} are removed books ({count}) that can still be put back; the library shows them.</source>
            <translation>其中 {size} 属于已移出书库但仍可放回的书（{count} 本）；可在书库中查看。</translation>
        </message>
        <message>
            <source>Folder of the data: {path}</source>
            <translation>数据文件夹：{path}</translation>
        </message>
        <message>
            <source>Open the folder</source>
            <translation>打开文件夹</translation>
        </message>
        <message>
            <source>Measure again</source>
            <translation>重新统计</translation>
        </message>
        <message>
            <source>Delete everything …</source>
            <translation>删除全部…</translation>
        </message>
    </context>
    <context>
        <name>DeleteEverythingDialog</name>
        <message>
            <source>Delete everything</source>
            <translation>删除全部</translation>
        </message>
        <message>
            <source>Delete everything Palimpsest keeps?</source>
            <translation>删除 Palimpsest 保存的一切吗？</translation>
        </message>
        <message>
            <source>All books, questions, answers, memories, notes, added models and settings will be gone. It cannot be undone. Palimpsest then starts as on the first day. The files you added books and models from stay where they are.</source>
            <translation>所有书籍、问题、回答、记忆、笔记、添加的模型和设置都将消失，无法撤销。之后 Palimpsest 会像第一天那样启动。书籍和模型的原文件留在原处。</translation>
        </message>
        <message>
            <source>Keep</source>
            <translation>保留</translation>
        </message>
        <message>
            <source>Keep everything</source>
            <translation>保留全部</translation>
        </message>
    </context>
    <context>
        <name>DetailsDialog</name>
        <message>
            <source>Details</source>
            <translation>详细信息</translation>
        </message>
        <message>
            <source>Title</source>
            <translation>书名</translation>
        </message>
        <message>
            <source>Author</source>
            <translation>作者</translation>
        </message>
        <message>
            <source>Series</source>
            <translation>丛书</translation>
        </message>
        <message>
            <source>none</source>
            <translation>无</translation>
        </message>
        <message>
            <source>Number in the series</source>
            <translation>丛书中的序号</translation>
        </message>
        <message>
            <source>Tags</source>
            <translation>标签</translation>
        </message>
        <message>
            <source>separated by commas</source>
            <translation>用逗号隔开</translation>
        </message>
        <message>
            <source>Save</source>
            <translation>保存</translation>
        </message>
        <message>
            <source>Cancel</source>
            <translation>取消</translation>
        </message>
        <message>
            <source>Save the details</source>
            <translation>保存详细信息</translation>
        </message>
        <message>
            <source>File</source>
            <translation>文件</translation>
        </message>
        <message>
            <source>Length</source>
            <translation>篇幅</translation>
        </message>
        <message>
            <source>{characters} characters, {tokens} tokens</source>
            <translation>{characters} 字，{tokens} 个词元</translation>
        </message>
        <message>
            <source>Sections</source>
            <translation>章节</translation>
        </message>
        <message>
            <source>Language</source>
            <translation>语言</translation>
        </message>
        <message>
            <source>Read</source>
            <translation>已读</translation>
        </message>
        <message>
            <source>Added</source>
            <translation>加入时间</translation>
        </message>
        <message>
            <source>Opened</source>
            <translation>上次打开</translation>
        </message>
        <message>
            <source>not yet</source>
            <translation>尚未</translation>
        </message>
        <message>
            <source>Memories</source>
            <translation>记忆</translation>
        </message>
        <message>
            <source>Left out when it was added</source>
            <translation>加入时略去的内容</translation>
        </message>
        <message>
            <source>Identifier</source>
            <translation>标识符</translation>
        </message>
    </context>
    <context>
        <name>DownloadLine</name>
        <message>
            <source>about {size} to download</source>
            <translation>需下载约 {size}</translation>
        </message>
        <message>
            <source>Not in our list: its licence and languages are its makers’ affair.</source>
            <translation>不在我们的列表中：许可证和语言请以发布者的说明为准。</translation>
        </message>
        <message>
            <source>Try again</source>
            <translation>再试一次</translation>
        </message>
        <message>
            <source>Go on</source>
            <translation>继续</translation>
        </message>
        <message>
            <source>Download</source>
            <translation>下载</translation>
        </message>
        <message>
            <source>Fetch it from the hub and check it</source>
            <translation>从模型站下载并校验</translation>
        </message>
        <message>
            <source>Pause</source>
            <translation>暂停</translation>
        </message>
        <message>
            <source>What has come is kept</source>
            <translation>已下载的部分会保留</translation>
        </message>
        <message>
            <source>Discard</source>
            <translation>丢弃</translation>
        </message>
        <message>
            <source>Delete what has come</source>
            <translation>删除已下载的部分</translation>
        </message>
        <message>
            <source>Has come whole; go on to add it.</source>
            <translation>已下载完整；继续即可添加。</translation>
        </message>
        <message>
            <source>Paused at {done} of {total}</source>
            <translation>已暂停：{done} / {total}</translation>
        </message>
    </context>
    <context>
        <name>DropTarget</name>
        <message>
            <source>Add to the library</source>
            <translation>加入书库</translation>
        </message>
        <message numerus="yes">
            <source>Add %n file(s) to the library</source>
            <translation>
                <numerusform>把 %n 个文件加入书库</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>Add the books in %n folder(s) to the library</source>
            <translation>
                <numerusform>把 %n 个文件夹中的书加入书库</numerusform>
            </translation>
        </message>
        <message>
            <source>Add {files} and {folders}</source>
            <translation>加入{files}和{folders}</translation>
        </message>
        <message numerus="yes">
            <source>%n file(s)</source>
            <translation>
                <numerusform>%n 个文件</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>the books in %n folder(s)</source>
            <translation>
                <numerusform>%n 个文件夹中的书</numerusform>
            </translation>
        </message>
        <message>
            <source>They are copied into Palimpsest, on this machine. The files themselves stay as they are.</source>
            <translation>内容会复制到本机的 Palimpsest 中；文件本身保持原样。</translation>
        </message>
    </context>
    <context>
        <name>EncoderLine</name>
        <message>
            <source>How training goes</source>
            <translation>训练进展</translation>
        </message>
        <message>
            <source>How it was trained</source>
            <translation>训练经过</translation>
        </message>
        <message>
            <source>Go on training</source>
            <translation>继续训练</translation>
        </message>
        <message>
            <source>Train one</source>
            <translation>训练一个</translation>
        </message>
        <message>
            <source>Go on training the gist encoder of {model}</source>
            <translation>继续训练 {model} 的要旨编码器</translation>
        </message>
        <message>
            <source>Train a gist encoder for {model}</source>
            <translation>为 {model} 训练要旨编码器</translation>
        </message>
        <message>
            <source>Remove the gist encoder of {model}</source>
            <translation>移除 {model} 的要旨编码器</translation>
        </message>
        <message>
            <source>A gist encoder for {model} is being trained.</source>
            <translation>正在为 {model} 训练要旨编码器。</translation>
        </message>
        <message>
            <source>Training a gist encoder for {model} stands still; what is trained is kept.</source>
            <translation>{model} 的要旨编码器训练已暂停；已训练的部分会保留。</translation>
        </message>
        <message>
            <source>{model} has no gist encoder: its prompts can be kept exactly, but not compressed.</source>
            <translation>{model} 没有要旨编码器：提示可以原样保存，但不能压缩。</translation>
        </message>
        <message>
            <source>about {time} of training left</source>
            <translation>训练约剩 {time}</translation>
        </message>
        <message>
            <source>One can be trained here, from prompts that come with Palimpsest; the model itself stays as it is.</source>
            <translation>可以在这里用 Palimpsest 附带的提示训练一个；模型本身保持不变。</translation>
        </message>
        <message>
            <source>On a processor alone that takes hours; it can be paused at any time and goes on where it stopped.</source>
            <translation>只用处理器需要几个小时；可随时暂停，之后从停下的地方继续。</translation>
        </message>
        <message>
            <source>On this computer that takes about {time}; it can be paused at any time and goes on where it stopped.</source>
            <translation>在这台电脑上大约需要 {time}；可随时暂停，之后从停下的地方继续。</translation>
        </message>
        <message>
            <source>Pause</source>
            <translation>暂停</translation>
        </message>
        <message>
            <source>Pause training; what is trained is kept</source>
            <translation>暂停训练；已训练的部分会保留</translation>
        </message>
        <message>
            <source>What is trained is kept</source>
            <translation>已训练的部分会保留</translation>
        </message>
        <message>
            <source>Remove</source>
            <translation>移除</translation>
        </message>
        <message>
            <source>Gists that were made with it stay usable</source>
            <translation>用它生成的要旨仍可使用</translation>
        </message>
    </context>
    <context>
        <name>FindBar</name>
        <message>
            <source>searching …</source>
            <translation>正在查找…</translation>
        </message>
        <message>
            <source>not found</source>
            <translation>未找到</translation>
        </message>
        <message>
            <source>{place} of the first {count}</source>
            <translation>第 {place} 处，仅列前 {count} 处</translation>
        </message>
        <message>
            <source>{place} of {count}</source>
            <translation>第 {place} 处，共 {count} 处</translation>
        </message>
        <message>
            <source>Find in the book</source>
            <translation>在书中查找</translation>
        </message>
        <message>
            <source>Match case</source>
            <translation>区分大小写</translation>
        </message>
        <message>
            <source>Whole words</source>
            <translation>全字匹配</translation>
        </message>
        <message>
            <source>Match accents: “é” is not “e”</source>
            <translation>区分变音符号：“é”不等于“e”</translation>
        </message>
        <message>
            <source>List of all hits</source>
            <translation>全部结果列表</translation>
        </message>
        <message>
            <source>Previous hit (Shift+F3)</source>
            <translation>上一处（Shift+F3）</translation>
        </message>
        <message>
            <source>Next hit (F3)</source>
            <translation>下一处（F3）</translation>
        </message>
        <message>
            <source>Close the find bar (Esc)</source>
            <translation>关闭查找栏（Esc）</translation>
        </message>
    </context>
    <context>
        <name>FindResults</name>
        <message>
            <source>Found: {count}</source>
            <translation>找到 {count} 处</translation>
        </message>
        <message>
            <source>All hits</source>
            <translation>全部结果</translation>
        </message>
    </context>
    <context>
        <name>FootnotePopup</name>
        <message>
            <source>Go there</source>
            <translation>转到该处</translation>
        </message>
        <message>
            <source>Note</source>
            <translation>注释</translation>
        </message>
    </context>
    <context>
        <name>ForgetDialog</name>
        <message>
            <source>Forget</source>
            <translation>忘掉</translation>
        </message>
        <message>
            <source>Forget “{title}”?</source>
            <translation>忘掉《{title}》吗？</translation>
        </message>
        <message numerus="yes">
            <source>Forget %n document(s)?</source>
            <translation>
                <numerusform>忘掉 %n 份文档吗？</numerusform>
            </translation>
        </message>
        <message>
            <source>This removes everything Palimpsest keeps of it. It cannot be undone. The file it came from stays where it is.</source>
            <translation>这会删除 Palimpsest 保存的有关它的一切，无法撤销。原文件留在原处。</translation>
        </message>
        <message>
            <source>This removes everything Palimpsest keeps of them. It cannot be undone. The files they came from stay where they are.</source>
            <translation>这会删除 Palimpsest 保存的有关它们的一切，无法撤销。原文件留在原处。</translation>
        </message>
        <message>
            <source>Keep</source>
            <translation>保留</translation>
        </message>
        <message>
            <source>Keep what is there</source>
            <translation>保留现有内容</translation>
        </message>
        <message>
            <source>Forget for good</source>
            <translation>彻底忘掉</translation>
        </message>
        <message numerus="yes">
            <source>… and %n more</source>
            <translation>
                <numerusform>…还有 %n 份</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>ForgetProof</name>
        <message>
            <source>Proof of forgetting</source>
            <translation>忘掉的证明</translation>
        </message>
        <message numerus="yes">
            <source>%n trace(s) found</source>
            <translation>
                <numerusform>找到 %n 处痕迹</numerusform>
            </translation>
        </message>
        <message>
            <source>Palimpsest looked for {probes} pieces of the text, names and titles in {files} files ({size}): every file of its data folder, byte for byte.</source>
            <translation>Palimpsest 在 {files} 个文件（{size}）中逐字节查找了 {probes} 个文字片段、人名和书名：数据文件夹中的每个文件都查过。</translation>
        </message>
        <message>
            <source>Something is left. Close other programs that use the library, and forget again:</source>
            <translation>还有残留。请关闭正在使用书库的其他程序，再忘掉一次：</translation>
        </message>
        <message>
            <source>Removed</source>
            <translation>已删除</translation>
        </message>
        <message>
            <source>Copy</source>
            <translation>复制</translation>
        </message>
        <message>
            <source>Close</source>
            <translation>关闭</translation>
        </message>
        <message>
            <source>Copy the proof</source>
            <translation>复制证明</translation>
        </message>
    </context>
    <context>
        <name>GainCurve</name>
        <message>
            <source>Nothing has been learned yet.</source>
            <translation>还没有学习任何内容。</translation>
        </message>
        <message>
            <source>After {tokens} tokens: perplexity {base} without and {adapter} with the adapter, {gain}.</source>
            <translation>读了 {tokens} 个词元之后：不用适配器困惑度为 {base}，用适配器为 {adapter}，变化 {gain}。</translation>
        </message>
        <message>
            <source>The curve begins with the first chunk.</source>
            <translation>学完第一块后曲线开始出现。</translation>
        </message>
        <message>
            <source>perplexity</source>
            <translation>困惑度</translation>
        </message>
        <message>
            <source>tokens read</source>
            <translation>已读词元</translation>
        </message>
        <message>
            <source>without adapter {ppl}</source>
            <translation>不用适配器 {ppl}</translation>
        </message>
        <message>
            <source>with adapter {ppl}</source>
            <translation>用适配器 {ppl}</translation>
        </message>
        <message>
            <source>{tokens} tokens: {base} without, {adapter} with the adapter</source>
            <translation>{tokens} 个词元：不用适配器 {base}，用适配器 {adapter}</translation>
        </message>
        <message>
            <source>Gain of the adapter</source>
            <translation>适配器的增益</translation>
        </message>
    </context>
    <context>
        <name>GeneralSection</name>
        <message>
            <source>As the system</source>
            <translation>跟随系统</translation>
        </message>
        <message>
            <source>Light</source>
            <translation>浅色</translation>
        </message>
        <message>
            <source>Dark</source>
            <translation>深色</translation>
        </message>
        <message>
            <source>High contrast</source>
            <translation>高对比度</translation>
        </message>
        <message>
            <source>Nothing moves</source>
            <translation>关闭动画</translation>
        </message>
        <message>
            <source>The library</source>
            <translation>书库</translation>
        </message>
        <message>
            <source>The last book</source>
            <translation>上次读的书</translation>
        </message>
        <message>
            <source>General</source>
            <translation>通用</translation>
        </message>
        <message>
            <source>Language</source>
            <translation>语言</translation>
        </message>
        <message>
            <source>No font with Chinese characters is installed; install one, such as Noto Sans CJK.</source>
            <translation>没有安装中文字体；请安装一种，例如 Noto Sans CJK。</translation>
        </message>
        <message>
            <source>Appearance</source>
            <translation>外观</translation>
        </message>
        <message>
            <source>High contrast is black and white with strong lines, light or dark as the system is.</source>
            <translation>高对比度为黑白配色加粗线条，深浅跟随系统。</translation>
        </message>
        <message>
            <source>Motion</source>
            <translation>动画</translation>
        </message>
        <message>
            <source>Motion only shows where something went; without it, it is there at once.</source>
            <translation>动画只用来提示东西去了哪里；关闭后会直接出现。</translation>
        </message>
        <message>
            <source>At the start, open</source>
            <translation>启动时打开</translation>
        </message>
    </context>
    <context>
        <name>GoToBar</name>
        <message>
            <source>no such place</source>
            <translation>没有这个位置</translation>
        </message>
        <message>
            <source>Page {page}</source>
            <translation>第 {page} 页</translation>
        </message>
        <message>
            <source>Go to</source>
            <translation>转到</translation>
        </message>
        <message>
            <source>Go to a percentage, a page or a chapter</source>
            <translation>转到某个百分比、某页或某章</translation>
        </message>
        <message>
            <source>40 %, p. 12, chapter 4, or words of a title</source>
            <translation>40%、p. 12、第 4 章，或标题中的词</translation>
        </message>
        <message>
            <source>Places that may be meant</source>
            <translation>可能的位置</translation>
        </message>
        <message>
            <source>Close (Esc)</source>
            <translation>关闭（Esc）</translation>
        </message>
        <message>
            <source>Close the go-to bar</source>
            <translation>关闭转到栏</translation>
        </message>
    </context>
    <context>
        <name>GoingOn</name>
        <message>
            <source>Learning of “{title}” was interrupted; what was learned is kept. Go on?</source>
            <translation>《{title}》的学习中断了，已学的内容都在。要继续吗？</translation>
        </message>
        <message>
            <source>Making segment memory of “{title}” was interrupted; what is compressed is kept. Go on?</source>
            <translation>《{title}》的分段记忆生成中断了，已压缩的部分都在。要继续吗？</translation>
        </message>
        <message>
            <source>Training of a segment compressor for {model} was interrupted; what is trained is kept. Go on?</source>
            <translation>{model} 的分段压缩器训练中断了，已训练的部分都在。要继续吗？</translation>
        </message>
        <message>
            <source>Training of a gist encoder for {model} was interrupted; what is trained is kept. Go on?</source>
            <translation>{model} 的要旨编码器训练中断了，已训练的部分都在。要继续吗？</translation>
        </message>
        <message>
            <source>Go on</source>
            <translation>继续</translation>
        </message>
    </context>
    <context>
        <name>HeldOutCurve</name>
        <message>
            <source>What gists lose on prompts that were held out</source>
            <translation>要旨在留作测试的提示上的损失</translation>
        </message>
        <message>
            <source>After {step} steps a gist of {k} keeps {share} of what a prompt changes in an answer.</source>
            <translation>训练 {step} 步之后，{k} 词元要旨保留了提示对回答影响的 {share}。</translation>
        </message>
        <message>
            <source>divergence from the full prompt</source>
            <translation>与完整提示的偏差</translation>
        </message>
        <message>
            <source>steps</source>
            <translation>步数</translation>
        </message>
        <message>
            <source>The curve begins with the first look at the held-out prompts.</source>
            <translation>第一次测试之后曲线开始出现。</translation>
        </message>
        <message>
            <source>no prompt: {nats}</source>
            <translation>无提示：{nats}</translation>
        </message>
        <message>
            <source>a gist of {k}: {nats}</source>
            <translation>{k} 词元要旨：{nats}</translation>
        </message>
        <message>
            <source>{step} steps: {none} without a prompt, {gist} with a gist of {k}</source>
            <translation>{step} 步：无提示 {none}，用 {k} 词元要旨 {gist}</translation>
        </message>
    </context>
    <context>
        <name>HistoryList</name>
        <message numerus="yes">
            <source>%n question(s)</source>
            <translation>
                <numerusform>%n 个问题</numerusform>
            </translation>
        </message>
        <message>
            <source>No conversation holds “{words}”.</source>
            <translation>没有包含“{words}”的对话。</translation>
        </message>
        <message>
            <source>Nothing was asked about this book yet.</source>
            <translation>还没有就这本书提过问题。</translation>
        </message>
        <message>
            <source>Search questions and answers</source>
            <translation>搜索问题和回答</translation>
        </message>
        <message>
            <source>Conversations about this book</source>
            <translation>关于这本书的对话</translation>
        </message>
        <message>
            <source>Rename (F2)</source>
            <translation>重命名（F2）</translation>
        </message>
        <message>
            <source>Delete</source>
            <translation>删除</translation>
        </message>
        <message>
            <source>New</source>
            <translation>新建</translation>
        </message>
        <message>
            <source>New conversation (Ctrl+N)</source>
            <translation>新对话（Ctrl+N）</translation>
        </message>
        <message>
            <source>Back to the conversation (Esc)</source>
            <translation>回到对话（Esc）</translation>
        </message>
    </context>
    <context>
        <name>HubAddress</name>
        <message>
            <source>From another hub</source>
            <translation>使用其他模型站</translation>
        </message>
        <message>
            <source>Download from another hub</source>
            <translation>从其他模型站下载</translation>
        </message>
        <message>
            <source>Address of the hub</source>
            <translation>模型站地址</translation>
        </message>
        <message>
            <source>Address of the hub, https://…</source>
            <translation>模型站地址，https://…</translation>
        </message>
        <message>
            <source>Use this address</source>
            <translation>使用此地址</translation>
        </message>
        <message>
            <source>Download models from here, a mirror for example</source>
            <translation>从这里下载模型，例如镜像站</translation>
        </message>
        <message>
            <source>The usual one</source>
            <translation>默认地址</translation>
        </message>
        <message>
            <source>Download from huggingface.co again</source>
            <translation>重新从 huggingface.co 下载</translation>
        </message>
    </context>
    <context>
        <name>ImageWindow</name>
        <message>
            <source>This picture cannot be shown.</source>
            <translation>无法显示这张图片。</translation>
        </message>
        <message>
            <source>Picture</source>
            <translation>图片</translation>
        </message>
        <message>
            <source>Smaller</source>
            <translation>缩小</translation>
        </message>
        <message>
            <source>Larger</source>
            <translation>放大</translation>
        </message>
        <message>
            <source>Fit to the window</source>
            <translation>适合窗口</translation>
        </message>
    </context>
    <context>
        <name>ImportReport</name>
        <message>
            <source>{count} added</source>
            <translation>已加入 {count} 个</translation>
        </message>
        <message>
            <source>{count} already there</source>
            <translation>已在书库中 {count} 个</translation>
        </message>
        <message>
            <source>{count} put back on the shelf</source>
            <translation>已放回书库 {count} 个</translation>
        </message>
        <message>
            <source>{count} could not be read</source>
            <translation>无法读取 {count} 个</translation>
        </message>
        <message>
            <source>{count} with remarks</source>
            <translation>有附注 {count} 个</translation>
        </message>
        <message>
            <source>{count} of other kinds left out</source>
            <translation>略过其他类型 {count} 个</translation>
        </message>
        <message>
            <source>{count} hidden left out</source>
            <translation>略过隐藏文件 {count} 个</translation>
        </message>
        <message>
            <source>{count} beyond the most taken at once left out</source>
            <translation>超出一次上限，略过 {count} 个</translation>
        </message>
        <message>
            <source>No book was found there.</source>
            <translation>那里没有找到书。</translation>
        </message>
        <message>
            <source>Put back on the shelf as “{title}”.</source>
            <translation>已放回书库：《{title}》。</translation>
        </message>
        <message>
            <source>In the library already, as “{title}”.</source>
            <translation>已在书库中：《{title}》。</translation>
        </message>
        <message>
            <source>Added as “{title}”.</source>
            <translation>已加入：《{title}》。</translation>
        </message>
        <message>
            <source>{count} left out: Palimpsest does not read this kind.</source>
            <translation>略过 {count} 个：Palimpsest 不读取这种类型。</translation>
        </message>
        <message>
            <source>without a suffix</source>
            <translation>无扩展名</translation>
        </message>
        <message>
            <source>Hide the list</source>
            <translation>隐藏列表</translation>
        </message>
        <message>
            <source>Show the list</source>
            <translation>显示列表</translation>
        </message>
        <message>
            <source>Try again</source>
            <translation>再试一次</translation>
        </message>
        <message>
            <source>Read the files once more that broke their reader</source>
            <translation>重新读取出错的文件</translation>
        </message>
        <message>
            <source>Copy</source>
            <translation>复制</translation>
        </message>
        <message>
            <source>Copy the whole report</source>
            <translation>复制整份报告</translation>
        </message>
        <message>
            <source>Close this report</source>
            <translation>关闭此报告</translation>
        </message>
        <message>
            <source>All files, also those without problems</source>
            <translation>所有文件，包括没有问题的</translation>
        </message>
        <message>
            <source>What became of each file</source>
            <translation>每个文件的结果</translation>
        </message>
    </context>
    <context>
        <name>InstructionsSection</name>
        <message>
            <source>Standing instructions</source>
            <translation>常驻指令</translation>
        </message>
        <message>
            <source>They stand at the beginning of every question: who is to answer, in which words, by which rules. A persona, a style guide, a glossary. They are read once and then kept; a long text can be compressed on the page Memory, under “Prompt caches”.</source>
            <translation>放在每个问题的开头：由谁来回答、用什么措辞、守什么规则，例如角色设定、文风要求、术语表。读一次就保存下来；长文可以在“记忆”页的“提示缓存”中压缩。</translation>
        </message>
        <message>
            <source>Prompt caches</source>
            <translation>提示缓存</translation>
        </message>
        <message>
            <source>Keep what was read of prompts</source>
            <translation>保存读过的提示</translation>
        </message>
        <message>
            <source>What every question begins with is then read once, also over restarts. The answers are the same.</source>
            <translation>这样，每个问题共有的开头只需读一次，重启后也不用重读。回答不会改变。</translation>
        </message>
        <message>
            <source>Room on the disk, in GB</source>
            <translation>磁盘空间（GB）</translation>
        </message>
        <message>
            <source>When it is full, what was not used for longest goes first. What is pinned stays.</source>
            <translation>空间用满后，最久未用的先删除。固定的始终保留。</translation>
        </message>
        <message>
            <source>None: questions begin with Palimpsest’s own short instructions.</source>
            <translation>无：问题以 Palimpsest 自带的简短指令开头。</translation>
        </message>
        <message>
            <source>{count} characters; at most {most} are kept. Shorten the text.</source>
            <translation>{count} 字；最多保存 {most} 字。请缩短文字。</translation>
        </message>
        <message>
            <source>{count} characters</source>
            <translation>{count} 字</translation>
        </message>
        <message>
            <source>{count} tokens for the model in use</source>
            <translation>对当前模型是 {count} 个词元</translation>
        </message>
        <message>
            <source>Show what is kept</source>
            <translation>查看保存的内容</translation>
        </message>
        <message>
            <source>Show the prompts that are kept</source>
            <translation>查看保存的提示</translation>
        </message>
        <message>
            <source>For example: Answer in two sentences, as a patient teacher would. Call places by their old names.</source>
            <translation>例如：像耐心的老师那样，用两句话回答。地名一律用旧称。</translation>
        </message>
    </context>
    <context>
        <name>JobLine</name>
        <message>
            <source>Paused learning “{title}”</source>
            <translation>已暂停学习《{title}》</translation>
        </message>
        <message>
            <source>Learning “{title}”</source>
            <translation>正在学习《{title}》</translation>
        </message>
        <message>
            <source>Adding {title}</source>
            <translation>正在加入 {title}</translation>
        </message>
        <message>
            <source>Starting the engine …</source>
            <translation>正在启动引擎…</translation>
        </message>
        <message>
            <source>Preparing the model {title}</source>
            <translation>正在准备模型 {title}</translation>
        </message>
        <message>
            <source>Go on learning</source>
            <translation>继续学习</translation>
        </message>
        <message>
            <source>Pause; what is learned is kept</source>
            <translation>暂停；已学的会保留</translation>
        </message>
        <message>
            <source>Close this line</source>
            <translation>关闭此行</translation>
        </message>
        <message>
            <source>Cancel; what is learned is kept</source>
            <translation>取消；已学的会保留</translation>
        </message>
        <message>
            <source>Learning “{title}” has stopped</source>
            <translation>《{title}》的学习已停止</translation>
        </message>
        <message>
            <source>Adding to the library</source>
            <translation>正在加入书库</translation>
        </message>
        <message>
            <source>Forgetting …</source>
            <translation>正在忘掉…</translation>
        </message>
        <message>
            <source>The engine did not start</source>
            <translation>引擎没有启动</translation>
        </message>
        <message>
            <source>Measuring the model {title}</source>
            <translation>正在测量模型 {title}</translation>
        </message>
        <message>
            <source>Measuring how fast {title} is</source>
            <translation>正在测量 {title} 的速度</translation>
        </message>
        <message>
            <source>Compressing “{title}”</source>
            <translation>正在压缩“{title}”</translation>
        </message>
        <message>
            <source>Making segment memory of “{title}” has stopped</source>
            <translation>《{title}》的分段记忆生成已停止</translation>
        </message>
        <message>
            <source>Paused: segment memory of “{title}”</source>
            <translation>已暂停生成《{title}》的分段记忆</translation>
        </message>
        <message>
            <source>Making segment memory of “{title}”</source>
            <translation>正在生成《{title}》的分段记忆</translation>
        </message>
        <message>
            <source>Training a gist encoder for {title}</source>
            <translation>正在为 {title} 训练要旨编码器</translation>
        </message>
        <message>
            <source>Training a segment compressor for {title}</source>
            <translation>正在为 {title} 训练分段压缩器</translation>
        </message>
        <message>
            <source>Downloading {title}</source>
            <translation>正在下载 {title}</translation>
        </message>
        <message>
            <source>Try again</source>
            <translation>再试一次</translation>
        </message>
        <message>
            <source>Go on compressing</source>
            <translation>继续压缩</translation>
        </message>
        <message>
            <source>Pause; what is compressed is kept</source>
            <translation>暂停；已压缩的部分会保留</translation>
        </message>
        <message>
            <source>Stop; what is compressed is kept</source>
            <translation>停止；已压缩的部分会保留</translation>
        </message>
        <message>
            <source>Cancel; files already added stay</source>
            <translation>取消；已加入的文件会保留</translation>
        </message>
        <message>
            <source>Stop; what is downloaded is kept</source>
            <translation>停止；已下载的部分会保留</translation>
        </message>
        <message>
            <source>Pause; what is trained is kept</source>
            <translation>暂停；已训练的部分会保留</translation>
        </message>
        <message>
            <source>Cancel</source>
            <translation>取消</translation>
        </message>
    </context>
    <context>
        <name>KeyboardSection</name>
        <message>
            <source>Keyboard</source>
            <translation>键盘</translation>
        </message>
        <message>
            <source>Choose an action, go to the field below the list and press the keys it shall have.</source>
            <translation>选择一个操作，点击列表下方的输入框，然后按下要用的按键。</translation>
        </message>
        <message>
            <source>Changed by you</source>
            <translation>由您修改</translation>
        </message>
        <message>
            <source>“{action}” has the keys {keys}.</source>
            <translation>“{action}”的按键是 {keys}。</translation>
        </message>
        <message>
            <source>“{action}” has no keys.</source>
            <translation>“{action}”没有按键。</translation>
        </message>
        <message>
            <source>{keys} alone is needed for typing or moving about; hold Ctrl or Alt, or use F1 to F12.</source>
            <translation>单独的 {keys} 要用于输入或移动；请同时按住 Ctrl 或 Alt，或改用 F1 至 F12。</translation>
        </message>
        <message>
            <source>{keys} belongs to “{other}”. Take it away from there?</source>
            <translation>{keys} 已用于“{other}”。要从那里取走吗？</translation>
        </message>
        <message>
            <source>Search actions and keys</source>
            <translation>搜索操作和按键</translation>
        </message>
        <message>
            <source>Actions and their keys</source>
            <translation>操作及其按键</translation>
        </message>
        <message>
            <source>Action</source>
            <translation>操作</translation>
        </message>
        <message>
            <source>Keys</source>
            <translation>按键</translation>
        </message>
        <message>
            <source>Press the new keys</source>
            <translation>按下新的按键</translation>
        </message>
        <message>
            <source>Take it</source>
            <translation>取走</translation>
        </message>
        <message>
            <source>Take these keys away from the other action</source>
            <translation>从另一个操作取走这些按键</translation>
        </message>
        <message>
            <source>No keys</source>
            <translation>无按键</translation>
        </message>
        <message>
            <source>Leave this action without keys</source>
            <translation>让此操作没有按键</translation>
        </message>
        <message>
            <source>Usual keys</source>
            <translation>默认按键</translation>
        </message>
        <message>
            <source>Give this action its usual keys</source>
            <translation>让此操作恢复默认按键</translation>
        </message>
        <message>
            <source>All as usual</source>
            <translation>全部恢复默认</translation>
        </message>
        <message>
            <source>Give every action its usual keys</source>
            <translation>让所有操作恢复默认按键</translation>
        </message>
    </context>
    <context>
        <name>LibraryPage</name>
        <message>
            <source>Read</source>
            <translation>阅读</translation>
        </message>
        <message>
            <source>Nothing in the library matches “{words}”.</source>
            <translation>书库中没有与“{words}”相符的内容。</translation>
        </message>
        <message>
            <source>Library</source>
            <translation>书库</translation>
        </message>
        <message>
            <source>Add …</source>
            <translation>加入…</translation>
        </message>
        <message>
            <source>&amp;Add to the library …</source>
            <translation>加入书库(&amp;A)…</translation>
        </message>
        <message>
            <source>Add a f&amp;older …</source>
            <translation>加入文件夹(&amp;O)…</translation>
        </message>
        <message>
            <source>&amp;Details …</source>
            <translation>详细信息(&amp;D)…</translation>
        </message>
        <message>
            <source>&amp;Tags …</source>
            <translation>标签(&amp;T)…</translation>
        </message>
        <message>
            <source>&amp;Remove</source>
            <translation>移出书库(&amp;R)</translation>
        </message>
        <message>
            <source>&amp;Put back</source>
            <translation>放回书库(&amp;P)</translation>
        </message>
        <message>
            <source>&amp;Undo removing</source>
            <translation>撤销移出(&amp;U)</translation>
        </message>
        <message>
            <source>&amp;Forget …</source>
            <translation>忘掉(&amp;F)…</translation>
        </message>
        <message>
            <source>Search the &amp;library</source>
            <translation>搜索书库(&amp;L)</translation>
        </message>
        <message>
            <source>Tiles or ro&amp;ws</source>
            <translation>封面或列表(&amp;W)</translation>
        </message>
        <message>
            <source>This document was removed. It can be read when it is put back.</source>
            <translation>这份文档已移出书库。放回后即可阅读。</translation>
        </message>
        <message>
            <source>Put back</source>
            <translation>放回书库</translation>
        </message>
        <message>
            <source>{shown} of {all}</source>
            <translation>{shown} / {all}</translation>
        </message>
        <message numerus="yes">
            <source>%n removed</source>
            <translation>
                <numerusform>已移出 %n 份</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n document(s)</source>
            <translation>
                <numerusform>%n 份文档</numerusform>
            </translation>
        </message>
        <message>
            <source>Nothing here yet. Drop books or folders onto this page, or add some with the button.</source>
            <translation>这里还什么都没有。把书或文件夹拖到这一页上，或用按钮加入。</translation>
        </message>
        <message>
            <source>Add to the library …</source>
            <translation>加入书库…</translation>
        </message>
        <message>
            <source>Show everything</source>
            <translation>显示全部</translation>
        </message>
        <message>
            <source>Nothing was removed.</source>
            <translation>没有移出的文档。</translation>
        </message>
        <message>
            <source>No document is like that.</source>
            <translation>没有这样的文档。</translation>
        </message>
        <message>
            <source>Add books or chats to the library</source>
            <translation>把书籍或聊天记录加入书库</translation>
        </message>
        <message>
            <source>Add every book of a folder</source>
            <translation>加入文件夹中所有的书</translation>
        </message>
        <message>
            <source>Documents in the library</source>
            <translation>书库中的文档</translation>
        </message>
    </context>
    <context>
        <name>MainWindow</name>
        <message>
            <source>&amp;File</source>
            <translation>文件(&amp;F)</translation>
        </message>
        <message>
            <source>&amp;View</source>
            <translation>视图(&amp;V)</translation>
        </message>
        <message>
            <source>&amp;Go</source>
            <translation>转到(&amp;G)</translation>
        </message>
        <message>
            <source>&amp;Notes</source>
            <translation>笔记(&amp;N)</translation>
        </message>
        <message>
            <source>&amp;Ask</source>
            <translation>提问(&amp;A)</translation>
        </message>
        <message>
            <source>&amp;Memory</source>
            <translation>记忆(&amp;M)</translation>
        </message>
        <message>
            <source>&amp;Settings</source>
            <translation>设置(&amp;S)</translation>
        </message>
        <message>
            <source>Previous p&amp;art of the window</source>
            <translation>窗口的上一部分(&amp;A)</translation>
        </message>
        <message>
            <source>Where is my &amp;data?</source>
            <translation>我的数据在哪里？(&amp;D)</translation>
        </message>
        <message>
            <source>&amp;About Palimpsest</source>
            <translation>关于 Palimpsest(&amp;A)</translation>
        </message>
        <message>
            <source>Palimpsest ended unexpectedly. What is known of it was written down on this computer.</source>
            <translation>Palimpsest 上次意外退出。已知的情况已记录在这台电脑上。</translation>
        </message>
        <message>
            <source>Read the report</source>
            <translation>查看报告</translation>
        </message>
        <message>
            <source>&amp;Help</source>
            <translation>帮助(&amp;H)</translation>
        </message>
        <message>
            <source>&amp;Quit</source>
            <translation>退出(&amp;Q)</translation>
        </message>
        <message>
            <source>&amp;Library</source>
            <translation>书库(&amp;L)</translation>
        </message>
        <message>
            <source>&amp;Read</source>
            <translation>阅读(&amp;R)</translation>
        </message>
        <message>
            <source>Mo&amp;dels</source>
            <translation>模型(&amp;D)</translation>
        </message>
        <message>
            <source>&amp;Full screen</source>
            <translation>全屏(&amp;F)</translation>
        </message>
        <message>
            <source>Next part of the &amp;window</source>
            <translation>窗口的下一部分(&amp;W)</translation>
        </message>
        <message>
            <source>&amp;Keyboard shortcuts</source>
            <translation>键盘快捷键(&amp;K)</translation>
        </message>
    </context>
    <context>
        <name>MeasureLine</name>
        <message>
            <source>Stop</source>
            <translation>停止</translation>
        </message>
        <message>
            <source>What was known before stays</source>
            <translation>之前已知的结果会保留</translation>
        </message>
    </context>
    <context>
        <name>MemoryLine</name>
        <message>
            <source>Forget what {model} learned</source>
            <translation>忘掉 {model} 所学的内容</translation>
        </message>
    </context>
    <context>
        <name>MemoryPage</name>
        <message>
            <source>Prompt cac&amp;hes</source>
            <translation>提示缓存(&amp;H)</translation>
        </message>
        <message>
            <source>Compress a &amp;prompt …</source>
            <translation>压缩提示(&amp;P)…</translation>
        </message>
        <message>
            <source>Memory</source>
            <translation>记忆</translation>
        </message>
        <message>
            <source>Memories of books</source>
            <translation>书的记忆</translation>
        </message>
        <message>
            <source>Prompt caches</source>
            <translation>提示缓存</translation>
        </message>
        <message>
            <source>What is remembered</source>
            <translation>记住的内容</translation>
        </message>
    </context>
    <context>
        <name>MemoryPanel</name>
        <message>
            <source>Try again</source>
            <translation>再试一次</translation>
        </message>
        <message>
            <source>The adapter is forgotten: {size} removed, {count} traces left.</source>
            <translation>已忘掉适配器：删除 {size}，残留 {count} 处痕迹。</translation>
        </message>
        <message>
            <source>Forget what {model} learned of this book ({size})? It would have to be learned again.</source>
            <translation>忘掉 {model} 对这本书的学习（{size}）吗？以后要用就得重新学习。</translation>
        </message>
        <message>
            <source>Forget it</source>
            <translation>忘掉</translation>
        </message>
        <message>
            <source>Adapter</source>
            <translation>适配器</translation>
        </message>
        <message>
            <source>Go on learning</source>
            <translation>继续学习</translation>
        </message>
        <message>
            <source>Learn this book</source>
            <translation>学习这本书</translation>
        </message>
        <message>
            <source>You can read and ask meanwhile.</source>
            <translation>期间可以照常阅读和提问。</translation>
        </message>
        <message>
            <source>The model reads the book once, on this machine, and keeps what it learned in a small file.</source>
            <translation>模型在本机上把书读一遍，并把学到的东西存进一个小文件。</translation>
        </message>
        <message>
            <source>That takes about {time}.</source>
            <translation>大约需要 {time}。</translation>
        </message>
        <message>
            <source>Pausing after this chunk …</source>
            <translation>学完这一块后暂停…</translation>
        </message>
        <message>
            <source>Not learned yet.</source>
            <translation>尚未学习。</translation>
        </message>
        <message>
            <source>Perplexity {gain}: {base} without, {adapter} with the adapter.</source>
            <translation>困惑度 {gain}：不用适配器 {base}，用适配器 {adapter}。</translation>
        </message>
        <message>
            <source>Only up to here</source>
            <translation>只到这里为止</translation>
        </message>
        <message>
            <source>Learn the text before the end of this page, so that the model knows nothing of what follows</source>
            <translation>只学习本页末尾之前的文字，让模型对后文一无所知</translation>
        </message>
        <message>
            <source>Pause</source>
            <translation>暂停</translation>
        </message>
        <message>
            <source>Finish the chunk and keep what is learned</source>
            <translation>学完这一块，保留已学的内容</translation>
        </message>
        <message>
            <source>Cancel</source>
            <translation>取消</translation>
        </message>
        <message>
            <source>Stop; what is learned so far is kept</source>
            <translation>停止；至今所学会保留</translation>
        </message>
        <message>
            <source>Learn again</source>
            <translation>重新学习</translation>
        </message>
        <message>
            <source>Start from the first page and replace this adapter</source>
            <translation>从第一页开始，替换这个适配器</translation>
        </message>
        <message>
            <source>Forget</source>
            <translation>忘掉</translation>
        </message>
        <message>
            <source>Remove this adapter; the book stays</source>
            <translation>删除这个适配器；书会保留</translation>
        </message>
        <message>
            <source>How much each chapter surprised the model; the line: without the adapter</source>
            <translation>每一章让模型感到多意外；横线：不用适配器</translation>
        </message>
        <message>
            <source>Learned with other models</source>
            <translation>用其他模型学习过</translation>
        </message>
        <message>
            <source>Use it when I ask</source>
            <translation>提问时使用它</translation>
        </message>
        <message>
            <source>Use the adapter when I ask</source>
            <translation>提问时使用适配器</translation>
        </message>
        <message>
            <source>What is this?</source>
            <translation>这是什么？</translation>
        </message>
        <message>
            <source>What is an adapter?</source>
            <translation>适配器是什么？</translation>
        </message>
        <message>
            <source>An adapter is a small addition to the model, trained on this book on your own machine.</source>
            <translation>适配器是模型的一个小附件，在您自己的电脑上用这本书训练而成。</translation>
        </message>
        <message>
            <source>It learns the book's style, its names and how one thing follows another, so that the text surprises the model less: the distance between the two lines shows how much less.</source>
            <translation>它学习这本书的文风、人名和前后脉络，使模型读来不那么意外：两条线之间的距离就是减少了多少。</translation>
        </message>
        <message>
            <source>It does not recall facts reliably; facts come from passages of the book, which are put before the model with every question.</source>
            <translation>它不能可靠地记住事实；事实来自书中的段落，每次提问时都会摆在模型面前。</translation>
        </message>
    </context>
    <context>
        <name>MemoryTable</name>
        <message>
            <source>Book</source>
            <translation>书</translation>
        </message>
        <message>
            <source>Memory</source>
            <translation>记忆</translation>
        </message>
        <message>
            <source>Of the book</source>
            <translation>进度</translation>
        </message>
        <message>
            <source>Perplexity</source>
            <translation>困惑度</translation>
        </message>
        <message>
            <source>Size</source>
            <translation>大小</translation>
        </message>
        <message>
            <source>Made</source>
            <translation>完成时间</translation>
        </message>
        <message>
            <source>With the model</source>
            <translation>所用模型</translation>
        </message>
        <message>
            <source>Adapter</source>
            <translation>适配器</translation>
        </message>
        <message>
            <source>Segment memory</source>
            <translation>分段记忆</translation>
        </message>
        <message>
            <source>{share}, being learned</source>
            <translation>{share}，正在学习</translation>
        </message>
        <message>
            <source>{share}, being compressed</source>
            <translation>{share}，正在压缩</translation>
        </message>
        <message>
            <source>whole</source>
            <translation>全书</translation>
        </message>
        <message>
            <source>{share}, paused</source>
            <translation>{share}，已暂停</translation>
        </message>
        <message>
            <source>{share}</source>
            <translation>{share}</translation>
        </message>
        <message>
            <source>{state}: {slots} slots, {ratio}</source>
            <translation>{state}：{slots} 个记忆槽，{ratio}</translation>
        </message>
        <message>
            <source>{model} (not in use)</source>
            <translation>{model}（未在使用）</translation>
        </message>
    </context>
    <context>
        <name>ModelDropTarget</name>
        <message>
            <source>Add to the models</source>
            <translation>加入模型</translation>
        </message>
        <message>
            <source>A GGUF file is unpacked into Palimpsest’s own folder. The weights of a model folder stay where they are.</source>
            <translation>GGUF 文件会解包到 Palimpsest 自己的文件夹。模型文件夹的权重留在原处。</translation>
        </message>
    </context>
    <context>
        <name>ModelLine</name>
        <message>
            <source>Loading …</source>
            <translation>正在载入…</translation>
        </message>
        <message>
            <source>In use</source>
            <translation>使用中</translation>
        </message>
        <message>
            <source>{size} on disk</source>
            <translation>占用磁盘 {size}</translation>
        </message>
        <message>
            <source>Use</source>
            <translation>使用</translation>
        </message>
        <message>
            <source>Use {model}</source>
            <translation>使用 {model}</translation>
        </message>
        <message>
            <source>Ask and learn with this model from now on</source>
            <translation>从现在起用此模型提问和学习</translation>
        </message>
        <message>
            <source>Remove {model}</source>
            <translation>移除 {model}</translation>
        </message>
        <message numerus="yes">
            <source>%n memories made with it</source>
            <translation>
                <numerusform>用它学成 %n 份记忆</numerusform>
            </translation>
        </message>
        <message>
            <source>Comes with Palimpsest</source>
            <translation>随 Palimpsest 附带</translation>
        </message>
        <message>
            <source>From {source}</source>
            <translation>来自 {source}</translation>
        </message>
        <message>
            <source>added {day}</source>
            <translation>{day}添加</translation>
        </message>
    </context>
    <context>
        <name>ModelMeasure</name>
        <message>
            <source>How it reads best is not measured yet.</source>
            <translation>尚未测出怎样读效果最好。</translation>
        </message>
        <message>
            <source>Measure</source>
            <translation>测量</translation>
        </message>
        <message>
            <source>Ask it about the bundled story, passages read once and twice: minutes with a small model, longer with a large one.</source>
            <translation>就附带的故事向它提问，段落各读一遍和两遍：小模型需几分钟，大模型更久。</translation>
        </message>
        <message>
            <source>Measure how it reads best</source>
            <translation>测量怎样读效果最好</translation>
        </message>
        <message>
            <source>Reads passages once.</source>
            <translation>段落读一遍。</translation>
        </message>
        <message>
            <source>Reads passages twice.</source>
            <translation>段落读两遍。</translation>
        </message>
        <message>
            <source>Of {count} questions it answered {once} right after one reading, {twice} after two.</source>
            <translation>{count} 个问题中，读一遍答对 {once}，读两遍答对 {twice}。</translation>
        </message>
    </context>
    <context>
        <name>ModelSpeed</name>
        <message>
            <source>How fast is not measured yet.</source>
            <translation>速度尚未测量。</translation>
        </message>
        <message>
            <source>The settings want it so.</source>
            <translation>这是设置中选定的。</translation>
        </message>
        <message>
            <source>{words}.</source>
            <translation>{words}。</translation>
        </message>
        <message>
            <source>Reads ({reads} tokens/s) and writes ({writes} tokens/s) with {engine}</source>
            <translation>读（{reads} 词元/秒）和写（{writes} 词元/秒）都用 {engine}</translation>
        </message>
        <message>
            <source>Reads and writes with {engine}</source>
            <translation>读和写都用 {engine}</translation>
        </message>
        <message>
            <source>Reads with {reader} ({reads} tokens/s) · writes with {writer} ({writes} tokens/s)</source>
            <translation>用 {reader} 读（{reads} 词元/秒）· 用 {writer} 写（{writes} 词元/秒）</translation>
        </message>
        <message>
            <source>Reads with {reader} · writes with {writer}</source>
            <translation>用 {reader} 读 · 用 {writer} 写</translation>
        </message>
        <message>
            <source>{engine} reads {reads} and writes {writes} tokens/s.</source>
            <translation>{engine} 每秒读 {reads} 个词元，写 {writes} 个词元。</translation>
        </message>
        <message>
            <source>What PyTorch has read is handed over in {time} ms per MB.</source>
            <translation>把 PyTorch 读过的内容交给 llama.cpp，每 MB 需 {time} 毫秒。</translation>
        </message>
        <message>
            <source>Measured on {machine}.</source>
            <translation>测量所用的机器：{machine}。</translation>
        </message>
        <message>
            <source>Find out how fast PyTorch and llama.cpp read and write with it here; that takes some seconds.</source>
            <translation>测量 PyTorch 和 llama.cpp 在这台电脑上用此模型读和写有多快；需要几秒钟。</translation>
        </message>
        <message>
            <source>Measure again</source>
            <translation>重新测量</translation>
        </message>
        <message>
            <source>Measure speed</source>
            <translation>测量速度</translation>
        </message>
        <message>
            <source>Copied</source>
            <translation>已复制</translation>
        </message>
        <message>
            <source>Copy the command</source>
            <translation>复制命令</translation>
        </message>
    </context>
    <context>
        <name>ModelsPage</name>
        <message>
            <source>Add a &amp;model file …</source>
            <translation>添加模型文件(&amp;M)…</translation>
        </message>
        <message>
            <source>Add a model fo&amp;lder …</source>
            <translation>添加模型文件夹(&amp;L)…</translation>
        </message>
        <message>
            <source>Add a model file</source>
            <translation>添加模型文件</translation>
        </message>
        <message>
            <source>GGUF models</source>
            <translation>GGUF 模型</translation>
        </message>
        <message>
            <source>All files</source>
            <translation>所有文件</translation>
        </message>
        <message>
            <source>Add a model folder</source>
            <translation>添加模型文件夹</translation>
        </message>
        <message>
            <source>Add anyway</source>
            <translation>仍要添加</translation>
        </message>
        <message>
            <source>“{model}” is being added.</source>
            <translation>正在添加“{model}”。</translation>
        </message>
        <message>
            <source>“{model}” is here and can be used.</source>
            <translation>“{model}”已就绪，可以使用。</translation>
        </message>
        <message>
            <source>Use it now</source>
            <translation>现在使用</translation>
        </message>
        <message>
            <source>“{model}” is used from now on.</source>
            <translation>从现在起使用“{model}”。</translation>
        </message>
        <message numerus="yes">
            <source>%n memories were made with another model and rest: learn those books again, or go back to that model.</source>
            <translation>
                <numerusform>有 %n 份记忆是用其他模型学成的，暂时闲置：请重新学习那些书，或换回那个模型。</numerusform>
            </translation>
        </message>
        <message>
            <source>{sentence} “{model}” is used on.</source>
            <translation>{sentence}继续使用“{model}”。</translation>
        </message>
        <message>
            <source>“{model}” is removed.</source>
            <translation>已移除“{model}”。</translation>
        </message>
        <message>
            <source>Your own file or folder stays where it is.</source>
            <translation>您自己的文件或文件夹留在原处。</translation>
        </message>
        <message>
            <source>Undo</source>
            <translation>撤销</translation>
        </message>
        <message>
            <source>{free} of graphics memory can be used for a model.</source>
            <translation>有 {free} 显存可供模型使用。</translation>
        </message>
        <message>
            <source>{free} of memory can be used for a model.</source>
            <translation>有 {free} 内存可供模型使用。</translation>
        </message>
        <message>
            <source>Nothing is downloaded before you click. It comes from {hub} and is checked against the hub’s checksums; a download can be paused and goes on where it was.</source>
            <translation>您点击之前不会下载任何东西。文件来自 {hub}，并与该站给出的校验和核对；下载可以暂停，之后从断点继续。</translation>
        </message>
        <message>
            <source>The address of the hub is no https address: nothing can be downloaded. Give another one below.</source>
            <translation>模型站地址不是 https 地址，无法下载。请在下方填写另一个。</translation>
        </message>
        <message>
            <source>Models</source>
            <translation>模型</translation>
        </message>
        <message>
            <source>Add …</source>
            <translation>添加…</translation>
        </message>
        <message>
            <source>Add a model of your own, or drop it onto this page</source>
            <translation>添加您自己的模型，也可以拖到这一页上</translation>
        </message>
        <message>
            <source>Add a model of your own</source>
            <translation>添加您自己的模型</translation>
        </message>
        <message>
            <source>A GGUF file …</source>
            <translation>GGUF 文件…</translation>
        </message>
        <message>
            <source>A model folder …</source>
            <translation>模型文件夹…</translation>
        </message>
        <message>
            <source>On this computer</source>
            <translation>这台电脑上</translation>
        </message>
        <message>
            <source>To download, by the memory they need</source>
            <translation>可下载，按所需内存排列</translation>
        </message>
        <message>
            <source>Another model of the hub: owner/name</source>
            <translation>模型站上的其他模型：所有者/名称</translation>
        </message>
        <message>
            <source>Another model of the hub, as owner/name</source>
            <translation>模型站上的其他模型，格式为“所有者/名称”</translation>
        </message>
        <message>
            <source>Download</source>
            <translation>下载</translation>
        </message>
        <message>
            <source>Download the model that is named</source>
            <translation>下载所填的模型</translation>
        </message>
    </context>
    <context>
        <name>NoteCard</name>
        <message>
            <source>Note</source>
            <translation>笔记</translation>
        </message>
        <message>
            <source>Write a note …</source>
            <translation>写笔记…</translation>
        </message>
        <message>
            <source>Copy with its place</source>
            <translation>连同出处复制</translation>
        </message>
        <message>
            <source>Delete</source>
            <translation>删除</translation>
        </message>
        <message>
            <source>Keep and close (Esc)</source>
            <translation>保存并关闭（Esc）</translation>
        </message>
    </context>
    <context>
        <name>NotesPanel</name>
        <message>
            <source>Go there</source>
            <translation>转到该处</translation>
        </message>
        <message>
            <source>Edit note</source>
            <translation>编辑笔记</translation>
        </message>
        <message>
            <source>Copy</source>
            <translation>复制</translation>
        </message>
        <message>
            <source>Colour</source>
            <translation>颜色</translation>
        </message>
        <message>
            <source>Delete</source>
            <translation>删除</translation>
        </message>
        <message>
            <source>Export the notes</source>
            <translation>导出笔记</translation>
        </message>
        <message>
            <source>Markdown (*.md)</source>
            <translation>Markdown (*.md)</translation>
        </message>
        <message>
            <source>Notes on {title}</source>
            <translation>{title} 笔记</translation>
        </message>
        <message>
            <source>None of the notes is like that.</source>
            <translation>没有这样的笔记。</translation>
        </message>
        <message>
            <source>No notes yet. Select words in the text and choose a colour, or press Ctrl+H; Ctrl+Alt+B marks the page.</source>
            <translation>还没有笔记。在正文中选取文字并选择颜色，或按 Ctrl+H；按 Ctrl+Alt+B 给本页加书签。</translation>
        </message>
        <message>
            <source>Find in the notes</source>
            <translation>在笔记中查找</translation>
        </message>
        <message>
            <source>Which notes are shown</source>
            <translation>显示哪些笔记</translation>
        </message>
        <message>
            <source>Notes</source>
            <translation>笔记</translation>
        </message>
        <message>
            <source>Export …</source>
            <translation>导出…</translation>
        </message>
        <message>
            <source>Export the notes as Markdown</source>
            <translation>把笔记导出为 Markdown</translation>
        </message>
        <message>
            <source>Write all notes to a Markdown file</source>
            <translation>把全部笔记写入 Markdown 文件</translation>
        </message>
        <message>
            <source>Copy all</source>
            <translation>全部复制</translation>
        </message>
        <message>
            <source>Copy all notes as Markdown</source>
            <translation>以 Markdown 格式复制全部笔记</translation>
        </message>
        <message>
            <source>All</source>
            <translation>全部</translation>
        </message>
        <message>
            <source>Highlights</source>
            <translation>划线</translation>
        </message>
        <message>
            <source>Bookmarks</source>
            <translation>书签</translation>
        </message>
    </context>
    <context>
        <name>Notifier</name>
        <message>
            <source>A book has been learned.</source>
            <translation>一本书学完了。</translation>
        </message>
        <message>
            <source>The books are in the library.</source>
            <translation>书已加入书库。</translation>
        </message>
        <message>
            <source>The model has been downloaded.</source>
            <translation>模型已下载完成。</translation>
        </message>
        <message>
            <source>A prompt has been compressed.</source>
            <translation>一个提示压缩完了。</translation>
        </message>
        <message>
            <source>A gist encoder has been trained.</source>
            <translation>一个要旨编码器训练完了。</translation>
        </message>
        <message>
            <source>A segment compressor has been trained.</source>
            <translation>一个分段压缩器训练完了。</translation>
        </message>
        <message>
            <source>A book’s segment memory has been made.</source>
            <translation>一本书的分段记忆生成完了。</translation>
        </message>
        <message>
            <source>Learning has stopped; what was learned is kept.</source>
            <translation>学习已停止；已学的会保留。</translation>
        </message>
        <message>
            <source>The download has stopped; what was downloaded is kept.</source>
            <translation>下载已停止；已下载的部分会保留。</translation>
        </message>
        <message>
            <source>Training has stopped; what was trained is kept.</source>
            <translation>训练已停止；已训练的部分会保留。</translation>
        </message>
    </context>
    <context>
        <name>OriginalPages</name>
        <message>
            <source>of {count}</source>
            <translation>/ {count}</translation>
        </message>
        <message>
            <source>Original pages</source>
            <translation>原页</translation>
        </message>
        <message>
            <source>Original page</source>
            <translation>原页</translation>
        </message>
        <message>
            <source>Page</source>
            <translation>页码</translation>
        </message>
        <message>
            <source>Previous page</source>
            <translation>上一页</translation>
        </message>
        <message>
            <source>Next page</source>
            <translation>下一页</translation>
        </message>
        <message>
            <source>Fit the width</source>
            <translation>适合宽度</translation>
        </message>
        <message>
            <source>Fit the page</source>
            <translation>适合整页</translation>
        </message>
        <message>
            <source>Light on dark</source>
            <translation>深底浅字</translation>
        </message>
        <message>
            <source>Close the original pages (F9)</source>
            <translation>关闭原页（F9）</translation>
        </message>
    </context>
    <context>
        <name>OutlineModel</name>
        <message>
            <source>Section {number}</source>
            <translation>第 {number} 节</translation>
        </message>
        <message>
            <source>{title} (bookmarked)</source>
            <translation>{title}（有书签）</translation>
        </message>
    </context>
    <context>
        <name>PagesBeside</name>
        <message>
            <source>This document has no original pages: only PDFs have, and only while their file is kept.</source>
            <translation>这份文档没有原页：只有 PDF 才有，而且要保留着文件。</translation>
        </message>
        <message>
            <source>Original pages (F9)</source>
            <translation>原页（F9）</translation>
        </message>
        <message>
            <source>This document has no original pages</source>
            <translation>这份文档没有原页</translation>
        </message>
        <message>
            <source>Original pages</source>
            <translation>原页</translation>
        </message>
    </context>
    <context>
        <name>PictureObject</name>
        <message>
            <source>This picture cannot be shown.</source>
            <translation>无法显示这张图片。</translation>
        </message>
    </context>
    <context>
        <name>PlaceList</name>
        <message>
            <source>p. {page}</source>
            <translation>第 {page} 页</translation>
        </message>
        <message>
            <source>in the text</source>
            <translation>文中</translation>
        </message>
        <message>
            <source>{place}: {quote}</source>
            <translation>{place}：{quote}</translation>
        </message>
    </context>
    <context>
        <name>Problems</name>
        <message>
            <source>Something went wrong inside Palimpsest ({name}); details are in the log.</source>
            <translation>Palimpsest 内部出了问题（{name}）；详情见日志。</translation>
        </message>
    </context>
    <context>
        <name>PromptCaches</name>
        <message>
            <source>The segment compressor is removed.</source>
            <translation>已移除分段压缩器。</translation>
        </message>
        <message>
            <source>The gist encoder is removed.</source>
            <translation>已移除要旨编码器。</translation>
        </message>
        <message>
            <source>Undo</source>
            <translation>撤销</translation>
        </message>
        <message>
            <source>Leave aside</source>
            <translation>暂不使用</translation>
        </message>
        <message>
            <source>Use for answers</source>
            <translation>用于回答</translation>
        </message>
        <message>
            <source>Unpin</source>
            <translation>取消固定</translation>
        </message>
        <message>
            <source>Pin</source>
            <translation>固定</translation>
        </message>
        <message>
            <source>Compress this prompt …</source>
            <translation>压缩此提示…</translation>
        </message>
        <message>
            <source>Compress a prompt …</source>
            <translation>压缩提示…</translation>
        </message>
        <message>
            <source>Prompts are not kept: that is switched off in the settings, under “Instructions”.</source>
            <translation>没有保存提示：设置的“指令”中关闭了保存。</translation>
        </message>
        <message>
            <source>No prompt is kept yet. What every question begins with is kept after its first answer, and a prompt of your own when you compress it.</source>
            <translation>还没有保存的提示。每个问题共有的开头会在第一次回答之后保存；您自己的提示会在压缩时保存。</translation>
        </message>
        <message>
            <source>What questions begin with (standing instructions, a persona, the head of a book) is read once and kept. Exact: nothing is lost. As a gist, a few tokens stand in for it.</source>
            <translation>问题的开头（常驻指令、角色设定、书的开头）读一次就保存下来。原样保存毫无损失；存为要旨则用少数几个词元代替它。</translation>
        </message>
        <message>
            <source>Settings …</source>
            <translation>设置…</translation>
        </message>
        <message>
            <source>Settings of instructions and prompt caches</source>
            <translation>指令和提示缓存的设置</translation>
        </message>
        <message>
            <source>Standing instructions, and how much room prompts may take</source>
            <translation>常驻指令，以及提示可占用的空间</translation>
        </message>
        <message>
            <source>Try again</source>
            <translation>再试一次</translation>
        </message>
        <message>
            <source>Compare answers …</source>
            <translation>比较回答…</translation>
        </message>
        <message>
            <source>One question, answered with the full prompt and with its gist</source>
            <translation>同一个问题，分别用完整提示和要旨回答</translation>
        </message>
        <message>
            <source>Whether questions are answered with it</source>
            <translation>回答问题时是否用它</translation>
        </message>
        <message>
            <source>What is pinned stays, however full the prompt caches are</source>
            <translation>固定的始终保留，无论提示缓存有多满</translation>
        </message>
        <message>
            <source>Details …</source>
            <translation>详细信息…</translation>
        </message>
        <message>
            <source>Delete</source>
            <translation>删除</translation>
        </message>
        <message>
            <source>The model reads the prompt again when it is next asked with</source>
            <translation>下次用到时，模型会重新读这个提示</translation>
        </message>
        <message>
            <source>Delete all</source>
            <translation>全部删除</translation>
        </message>
        <message>
            <source>Every prompt that is kept, pinned ones too</source>
            <translation>所有保存的提示，包括固定的</translation>
        </message>
        <message>
            <source>Prompts that are kept</source>
            <translation>保存的提示</translation>
        </message>
    </context>
    <context>
        <name>PromptDetails</name>
        <message>
            <source>Details</source>
            <translation>详细信息</translation>
        </message>
        <message>
            <source>What it says, as the model reads it</source>
            <translation>模型读到的内容</translation>
        </message>
        <message>
            <source>Reading …</source>
            <translation>正在读取…</translation>
        </message>
        <message>
            <source>Close</source>
            <translation>关闭</translation>
        </message>
        <message>
            <source>Close this window</source>
            <translation>关闭此窗口</translation>
        </message>
        <message>
            <source>Kept as</source>
            <translation>保存方式</translation>
        </message>
        <message>
            <source>Goes with</source>
            <translation>所属的书</translation>
        </message>
        <message>
            <source>With the model</source>
            <translation>所用模型</translation>
        </message>
        <message>
            <source>Length</source>
            <translation>长度</translation>
        </message>
        <message>
            <source>{count} tokens</source>
            <translation>{count} 个词元</translation>
        </message>
        <message>
            <source>Kept of it</source>
            <translation>保留的部分</translation>
        </message>
        <message>
            <source>all of it</source>
            <translation>全部</translation>
        </message>
        <message>
            <source>Word for word</source>
            <translation>逐字保留</translation>
        </message>
        <message>
            <source>On disk</source>
            <translation>占用磁盘</translation>
        </message>
        <message>
            <source>({figure})</source>
            <translation>（{figure}）</translation>
        </message>
        <message>
            <source>How true</source>
            <translation>忠实程度</translation>
        </message>
        <message>
            <source>Saved</source>
            <translation>省下</translation>
        </message>
        <message numerus="yes">
            <source>%n hit(s), {tokens} tokens, {time}</source>
            <translation>
                <numerusform>命中 %n 次，{tokens} 个词元，{time}</numerusform>
            </translation>
        </message>
        <message>
            <source>nothing yet</source>
            <translation>尚无</translation>
        </message>
        <message>
            <source>Made</source>
            <translation>保存时间</translation>
        </message>
        <message>
            <source>Last used</source>
            <translation>上次使用</translation>
        </message>
        <message>
            <source>{model} with an adapter</source>
            <translation>{model} 加适配器</translation>
        </message>
        <message>
            <source>{model} (not in use)</source>
            <translation>{model}（未在使用）</translation>
        </message>
        <message>
            <source>{slots} tokens, {ratio} fewer: {k} of the gist, {literals} word for word, and the first</source>
            <translation>{slots} 个词元，压缩比 {ratio}：要旨 {k} 个，逐字保留 {literals} 个，外加第一个词元</translation>
        </message>
        <message>
            <source>{gist} instead of {exact}</source>
            <translation>{gist}，原样则需 {exact}</translation>
        </message>
    </context>
    <context>
        <name>PromptRemoval</name>
        <message>
            <source>“{title}” is deleted.</source>
            <translation>已删除“{title}”。</translation>
        </message>
        <message numerus="yes">
            <source>%n prompts are deleted.</source>
            <translation>
                <numerusform>已删除 %n 个提示。</numerusform>
            </translation>
        </message>
        <message>
            <source>Undo</source>
            <translation>撤销</translation>
        </message>
    </context>
    <context>
        <name>PromptTable</name>
        <message>
            <source>Prompt</source>
            <translation>提示</translation>
        </message>
        <message>
            <source>Kept as</source>
            <translation>保存方式</translation>
        </message>
        <message>
            <source>Used</source>
            <translation>使用</translation>
        </message>
        <message>
            <source>Pinned</source>
            <translation>固定</translation>
        </message>
        <message>
            <source>Tokens</source>
            <translation>词元</translation>
        </message>
        <message>
            <source>Size</source>
            <translation>大小</translation>
        </message>
        <message>
            <source>Hits</source>
            <translation>命中</translation>
        </message>
        <message>
            <source>Tokens saved</source>
            <translation>省下词元</translation>
        </message>
        <message>
            <source>Time saved</source>
            <translation>省下时间</translation>
        </message>
        <message>
            <source>Last used</source>
            <translation>上次使用</translation>
        </message>
        <message>
            <source>With the model</source>
            <translation>所用模型</translation>
        </message>
        <message>
            <source>Exact: nothing is lost. A gist: a few tokens stand in for the prompt. Segments: a whole book, compressed.</source>
            <translation>原样：毫无损失。要旨：用少数几个词元代替提示。分段：压缩后的整本书。</translation>
        </message>
        <message>
            <source>Whether a gist stands in for its prompt when questions are answered</source>
            <translation>回答问题时，是否用要旨代替它的提示</translation>
        </message>
        <message>
            <source>What is pinned stays, however full the prompt caches are</source>
            <translation>固定的始终保留，无论提示缓存有多满</translation>
        </message>
        <message>
            <source>How long the prompt is</source>
            <translation>提示的长度</translation>
        </message>
        <message>
            <source>What it takes on disk; prompts that begin alike share that</source>
            <translation>占用的磁盘空间；开头相同的提示共用一份</translation>
        </message>
        <message>
            <source>How often it was used</source>
            <translation>用过多少次</translation>
        </message>
        <message>
            <source>Tokens that did not have to be read again</source>
            <translation>不必重读的词元</translation>
        </message>
        <message>
            <source>How long reading them would have taken</source>
            <translation>重读本来要用的时间</translation>
        </message>
        <message>
            <source>rests</source>
            <translation>闲置</translation>
        </message>
        <message>
            <source>always</source>
            <translation>始终</translation>
        </message>
        <message>
            <source>yes</source>
            <translation>是</translation>
        </message>
        <message>
            <source>no</source>
            <translation>否</translation>
        </message>
        <message>
            <source>{model} (not in use)</source>
            <translation>{model}（未在使用）</translation>
        </message>
        <message>
            <source>Goes with “{title}”.</source>
            <translation>属于《{title}》。</translation>
        </message>
        <message>
            <source>Whether the document’s segment memory stands before every question about it</source>
            <translation>是否把文档的分段记忆放在关于它的每个问题之前</translation>
        </message>
        <message>
            <source>Whether the document's text stands before every question about it, without being read again</source>
            <translation>是否把文档的正文放在关于它的每个问题之前，不必重读</translation>
        </message>
        <message>
            <source>Rests: the instructions have changed</source>
            <translation>闲置：指令已更改</translation>
        </message>
        <message>
            <source>Rests: these are not your standing instructions. It serves “palimpsest ask --instructions”.</source>
            <translation>闲置：这不是您的常驻指令。它供“palimpsest ask --instructions”使用。</translation>
        </message>
        <message>
            <source>An exact state is used whenever a prompt begins like it</source>
            <translation>原样保存的，只要提示的开头相同就会用到</translation>
        </message>
    </context>
    <context>
        <name>QKeySequenceEdit</name>
        <message>
            <source>Press shortcut</source>
            <translation>按下新的按键</translation>
        </message>
    </context>
    <context>
        <name>QuickChoices</name>
        <message>
            <source>Lan&amp;guage</source>
            <translation>语言(&amp;G)</translation>
        </message>
        <message>
            <source>&amp;Appearance</source>
            <translation>外观(&amp;A)</translation>
        </message>
        <message>
            <source>As the system</source>
            <translation>跟随系统</translation>
        </message>
        <message>
            <source>Light</source>
            <translation>浅色</translation>
        </message>
        <message>
            <source>Dark</source>
            <translation>深色</translation>
        </message>
        <message>
            <source>High contrast</source>
            <translation>高对比度</translation>
        </message>
        <message>
            <source>Page &amp;colours</source>
            <translation>页面配色(&amp;C)</translation>
        </message>
        <message>
            <source>As the window</source>
            <translation>跟随窗口</translation>
        </message>
        <message>
            <source>Paper</source>
            <translation>纸白</translation>
        </message>
        <message>
            <source>Sepia</source>
            <translation>米黄</translation>
        </message>
        <message>
            <source>Grey</source>
            <translation>灰色</translation>
        </message>
        <message>
            <source>Night</source>
            <translation>夜间</translation>
        </message>
    </context>
    <context>
        <name>ReaderNotes</name>
        <message>
            <source>&amp;Notes of this book</source>
            <translation>这本书的笔记(&amp;N)</translation>
        </message>
        <message>
            <source>&amp;Bookmark this page</source>
            <translation>给本页加书签(&amp;B)</translation>
        </message>
        <message>
            <source>&amp;Highlight the selection</source>
            <translation>给所选文字划线(&amp;H)</translation>
        </message>
        <message>
            <source>&amp;Write a note</source>
            <translation>写笔记(&amp;W)</translation>
        </message>
        <message>
            <source>&amp;Export the notes …</source>
            <translation>导出笔记(&amp;E)…</translation>
        </message>
        <message>
            <source>Highlight in {colour}</source>
            <translation>用{colour}划线</translation>
        </message>
        <message>
            <source>Write a note</source>
            <translation>写笔记</translation>
        </message>
        <message>
            <source>Remove the bookmark</source>
            <translation>移除书签</translation>
        </message>
        <message>
            <source>Bookmark this page</source>
            <translation>给本页加书签</translation>
        </message>
        <message>
            <source>Deleted.</source>
            <translation>已删除。</translation>
        </message>
        <message>
            <source>{count} deleted.</source>
            <translation>已删除 {count} 条。</translation>
        </message>
        <message>
            <source>Undo</source>
            <translation>撤销</translation>
        </message>
    </context>
    <context>
        <name>ReaderPage</name>
        <message>
            <source>Side &amp;panel</source>
            <translation>侧栏(&amp;P)</translation>
        </message>
        <message>
            <source>&amp;Smaller type</source>
            <translation>缩小文字(&amp;S)</translation>
        </message>
        <message>
            <source>&amp;Usual type</source>
            <translation>默认大小(&amp;U)</translation>
        </message>
        <message>
            <source>&amp;Type and colours …</source>
            <translation>字体与配色(&amp;T)…</translation>
        </message>
        <message>
            <source>&amp;Find …</source>
            <translation>查找(&amp;F)…</translation>
        </message>
        <message>
            <source>Find &amp;next</source>
            <translation>查找下一处(&amp;N)</translation>
        </message>
        <message>
            <source>Find &amp;previous</source>
            <translation>查找上一处(&amp;P)</translation>
        </message>
        <message>
            <source>&amp;Go to …</source>
            <translation>转到(&amp;G)…</translation>
        </message>
        <message>
            <source>&amp;Back</source>
            <translation>后退(&amp;B)</translation>
        </message>
        <message>
            <source>F&amp;orward</source>
            <translation>前进(&amp;O)</translation>
        </message>
        <message>
            <source>Ne&amp;xt section</source>
            <translation>下一章节(&amp;X)</translation>
        </message>
        <message>
            <source>Pre&amp;vious section</source>
            <translation>上一章节(&amp;V)</translation>
        </message>
        <message>
            <source>&amp;Start of the book</source>
            <translation>书的开头(&amp;S)</translation>
        </message>
        <message>
            <source>&amp;End of the book</source>
            <translation>书的结尾(&amp;E)</translation>
        </message>
        <message>
            <source>Co&amp;ntents</source>
            <translation>目录(&amp;N)</translation>
        </message>
        <message>
            <source>Larg&amp;er type</source>
            <translation>放大文字(&amp;E)</translation>
        </message>
        <message>
            <source>Pages &amp;or scroll</source>
            <translation>翻页或滚动(&amp;O)</translation>
        </message>
        <message>
            <source>Or&amp;iginal pages</source>
            <translation>原页(&amp;I)</translation>
        </message>
        <message>
            <source>&amp;Ask about this book</source>
            <translation>就这本书提问(&amp;A)</translation>
        </message>
        <message>
            <source>&amp;Memory of this book</source>
            <translation>这本书的记忆(&amp;M)</translation>
        </message>
        <message>
            <source>Make or pause segm&amp;ent memory</source>
            <translation>生成或暂停分段记忆(&amp;E)</translation>
        </message>
        <message>
            <source>Ask about this</source>
            <translation>就此提问</translation>
        </message>
        <message>
            <source>{share} of the book</source>
            <translation>全书 {share}</translation>
        </message>
        <message>
            <source>page {page}</source>
            <translation>第 {page} 页</translation>
        </message>
        <message>
            <source>{share} of the chapter</source>
            <translation>本章 {share}</translation>
        </message>
        <message>
            <source>about {minutes} min left in it</source>
            <translation>本章约剩 {minutes} 分钟</translation>
        </message>
        <message>
            <source>Ask</source>
            <translation>提问</translation>
        </message>
        <message>
            <source>Notes</source>
            <translation>笔记</translation>
        </message>
        <message>
            <source>Memory</source>
            <translation>记忆</translation>
        </message>
        <message>
            <source>Side panel</source>
            <translation>侧栏</translation>
        </message>
        <message>
            <source>Contents (F7)</source>
            <translation>目录（F7）</translation>
        </message>
        <message>
            <source>Bookmark this page (Ctrl+Alt+B)</source>
            <translation>给本页加书签（Ctrl+Alt+B）</translation>
        </message>
        <message>
            <source>Side panel (F8)</source>
            <translation>侧栏（F8）</translation>
        </message>
        <message>
            <source>Type and colours (Ctrl+Shift+A)</source>
            <translation>字体与配色（Ctrl+Shift+A）</translation>
        </message>
        <message>
            <source>Back (Alt+Left)</source>
            <translation>后退（Alt+←）</translation>
        </message>
        <message>
            <source>Forward (Alt+Right)</source>
            <translation>前进（Alt+→）</translation>
        </message>
        <message>
            <source>No book is open. Choose one in the library.</source>
            <translation>没有打开的书。请在书库中选一本。</translation>
        </message>
    </context>
    <context>
        <name>ReadingSection</name>
        <message>
            <source>Reading</source>
            <translation>阅读</translation>
        </message>
        <message>
            <source>The button “Aa” beside a book opens the same.</source>
            <translation>读书时点“Aa”按钮会打开同样的设置。</translation>
        </message>
    </context>
    <context>
        <name>RecentCard</name>
        <message>
            <source>{share} read</source>
            <translation>已读 {share}</translation>
        </message>
        <message>
            <source>Continue reading {what}</source>
            <translation>继续阅读 {what}</translation>
        </message>
    </context>
    <context>
        <name>RecentRow</name>
        <message>
            <source>Continue reading</source>
            <translation>继续阅读</translation>
        </message>
    </context>
    <context>
        <name>ReportModel</name>
        <message>
            <source>File</source>
            <translation>文件</translation>
        </message>
        <message>
            <source>What became of it</source>
            <translation>结果</translation>
        </message>
    </context>
    <context>
        <name>Ribbon</name>
        <message>
            <source>Remove the bookmark (Ctrl+Alt+B)</source>
            <translation>移除书签（Ctrl+Alt+B）</translation>
        </message>
    </context>
    <context>
        <name>ScopeBox</name>
        <message>
            <source>The selection</source>
            <translation>所选文字</translation>
        </message>
        <message>
            <source>What to ask about</source>
            <translation>提问范围</translation>
        </message>
        <message>
            <source>Whole book</source>
            <translation>全书</translation>
        </message>
        <message>
            <source>This chapter</source>
            <translation>本章</translation>
        </message>
    </context>
    <context>
        <name>SegmentCompressorLine</name>
        <message>
            <source>A folder with books as plain text</source>
            <translation>存放纯文本书籍的文件夹</translation>
        </message>
        <message>
            <source>A segment compressor for {model} is being trained.</source>
            <translation>正在为 {model} 训练分段压缩器。</translation>
        </message>
        <message>
            <source>Training a segment compressor for {model} stands still; what is trained is kept.</source>
            <translation>{model} 的分段压缩器训练已暂停；已训练的部分会保留。</translation>
        </message>
        <message>
            <source>{model} has no segment compressor: long books cannot be compressed for it.</source>
            <translation>{model} 没有分段压缩器：无法为它压缩长书。</translation>
        </message>
        <message>
            <source>Train one …</source>
            <translation>训练一个…</translation>
        </message>
        <message>
            <source>Go on training the segment compressor of {model}</source>
            <translation>继续训练 {model} 的分段压缩器</translation>
        </message>
        <message>
            <source>Train a segment compressor for {model}</source>
            <translation>为 {model} 训练分段压缩器</translation>
        </message>
        <message>
            <source>Remove the segment compressor of {model}</source>
            <translation>移除 {model} 的分段压缩器</translation>
        </message>
        <message>
            <source>One can be trained here, on a folder of books as plain text; the model itself stays as it is.</source>
            <translation>可以在这里用一个存放纯文本书籍的文件夹训练一个；模型本身保持不变。</translation>
        </message>
        <message>
            <source>Segment memories that were made with it stay usable</source>
            <translation>用它生成的分段记忆仍可使用</translation>
        </message>
    </context>
    <context>
        <name>SegmentCurve</name>
        <message>
            <source>What memory loses on books that were held out</source>
            <translation>记忆在留作测试的书上的损失</translation>
        </message>
        <message>
            <source>{ratio} keeps {share}</source>
            <translation>{ratio} 保留 {share}</translation>
        </message>
        <message>
            <source>After {step} steps, of what the text before contributes, {kept}.</source>
            <translation>训练 {step} 步之后，前文的作用保留了多少：{kept}。</translation>
        </message>
        <message>
            <source>divergence from the whole text</source>
            <translation>与完整文字的偏差</translation>
        </message>
        <message>
            <source>The curve begins with the first look at the held-out books.</source>
            <translation>第一次测试之后曲线开始出现。</translation>
        </message>
        <message>
            <source>no memory: {nats}</source>
            <translation>无记忆：{nats}</translation>
        </message>
        <message>
            <source>{ratio}: {nats}</source>
            <translation>{ratio}：{nats}</translation>
        </message>
        <message>
            <source>{step} steps: {none} without memory, {memory} with it at {ratio}</source>
            <translation>{step} 步：无记忆 {none}，有记忆（{ratio}）{memory}</translation>
        </message>
    </context>
    <context>
        <name>SegmentSection</name>
        <message>
            <source>as fits the book</source>
            <translation>按书的长短而定</translation>
        </message>
        <message>
            <source>{ratio}, truer</source>
            <translation>{ratio}，更忠实</translation>
        </message>
        <message>
            <source>{ratio}, smaller</source>
            <translation>{ratio}，更小</translation>
        </message>
        <message>
            <source>The segment memory is forgotten: {size} removed.</source>
            <translation>已忘掉分段记忆：删除 {size}。</translation>
        </message>
        <message>
            <source>Forget the segment memory of this book ({size})? It would have to be made again.</source>
            <translation>忘掉这本书的分段记忆（{size}）吗？以后要用就得重新生成。</translation>
        </message>
        <message>
            <source>Forget it</source>
            <translation>忘掉</translation>
        </message>
        <message>
            <source>Go on</source>
            <translation>继续</translation>
        </message>
        <message>
            <source>Go on making segment memory</source>
            <translation>继续生成分段记忆</translation>
        </message>
        <message>
            <source>Make again</source>
            <translation>重新生成</translation>
        </message>
        <message>
            <source>Make segment memory again</source>
            <translation>重新生成分段记忆</translation>
        </message>
        <message>
            <source>Try again</source>
            <translation>再试一次</translation>
        </message>
        <message>
            <source>Try again to make segment memory</source>
            <translation>再试一次生成分段记忆</translation>
        </message>
        <message>
            <source>Make segment memory</source>
            <translation>生成分段记忆</translation>
        </message>
        <message>
            <source>Pausing …</source>
            <translation>正在暂停…</translation>
        </message>
        <message>
            <source>Made with an earlier compressor of the model; it can still be used.</source>
            <translation>由此模型的旧压缩器生成，仍可使用。</translation>
        </message>
        <message>
            <source>That makes about {count} slots.</source>
            <translation>大约会有 {count} 个记忆槽。</translation>
        </message>
        <message>
            <source>Segment memory</source>
            <translation>分段记忆</translation>
        </message>
        <message>
            <source>The book, compressed: what speaks of a question stands before it; names and facts still come from passages.</source>
            <translation>压缩后的书：与问题有关的部分放在问题之前；人名和事实仍来自书中的段落。</translation>
        </message>
        <message>
            <source>Compression</source>
            <translation>压缩比</translation>
        </message>
        <message>
            <source>How much the book is compressed</source>
            <translation>把书压缩到多小</translation>
        </message>
        <message>
            <source>So many tokens of the book become one slot of memory</source>
            <translation>书中多少个词元合为一个记忆槽</translation>
        </message>
        <message>
            <source>Use it when I ask</source>
            <translation>提问时使用它</translation>
        </message>
        <message>
            <source>Use segment memory when I ask</source>
            <translation>提问时使用分段记忆</translation>
        </message>
        <message>
            <source>Pause</source>
            <translation>暂停</translation>
        </message>
        <message>
            <source>Pause making segment memory</source>
            <translation>暂停生成分段记忆</translation>
        </message>
        <message>
            <source>What is compressed is kept</source>
            <translation>已压缩的部分会保留</translation>
        </message>
        <message>
            <source>Forget</source>
            <translation>忘掉</translation>
        </message>
        <message>
            <source>Forget the segment memory</source>
            <translation>忘掉分段记忆</translation>
        </message>
        <message>
            <source>Remove this memory; the book stays</source>
            <translation>删除这份记忆；书会保留</translation>
        </message>
        <message>
            <source>Train a compressor …</source>
            <translation>训练压缩器…</translation>
        </message>
        <message>
            <source>Train a segment compressor for the model</source>
            <translation>为此模型训练分段压缩器</translation>
        </message>
        <message>
            <source>On the page Memory, under “Prompt caches”</source>
            <translation>在“记忆”页的“提示缓存”中</translation>
        </message>
        <message>
            <source>Keep its text exactly …</source>
            <translation>原样保存正文…</translation>
        </message>
        <message>
            <source>Keep the text of this book exactly</source>
            <translation>原样保存这本书的正文</translation>
        </message>
        <message>
            <source>It is then read once and stands before every question as it is; nothing is lost</source>
            <translation>这样，正文只需读一次，并原样放在每个问题之前，毫无损失</translation>
        </message>
    </context>
    <context>
        <name>SegmentStrip</name>
        <message>
            <source>Segment {number}, at {share} of the book: compressed</source>
            <translation>第 {number} 个分段，位于全书 {share} 处：已压缩</translation>
        </message>
        <message>
            <source>From {share} of the book on: being compressed</source>
            <translation>从全书 {share} 处起：正在压缩</translation>
        </message>
        <message>
            <source>From {share} of the book on: not compressed yet</source>
            <translation>从全书 {share} 处起：尚未压缩</translation>
        </message>
        <message>
            <source>The end of the book, shorter than a segment: word for word</source>
            <translation>书的末尾，不足一个分段：逐字保留</translation>
        </message>
        <message>
            <source>Compressed parts of the book</source>
            <translation>书中已压缩的部分</translation>
        </message>
    </context>
    <context>
        <name>SelectionBar</name>
        <message>
            <source>Selected words</source>
            <translation>选中的文字</translation>
        </message>
        <message>
            <source>Write a note (Ctrl+Shift+H)</source>
            <translation>写笔记（Ctrl+Shift+H）</translation>
        </message>
        <message>
            <source>Ask about this</source>
            <translation>就此提问</translation>
        </message>
        <message>
            <source>Copy (Ctrl+C)</source>
            <translation>复制（Ctrl+C）</translation>
        </message>
    </context>
    <context>
        <name>SettingsPage</name>
        <message>
            <source>General</source>
            <translation>通用</translation>
        </message>
        <message>
            <source>Reading</source>
            <translation>阅读</translation>
        </message>
        <message>
            <source>Asking and learning</source>
            <translation>提问和学习</translation>
        </message>
        <message>
            <source>Instructions</source>
            <translation>指令</translation>
        </message>
        <message>
            <source>Keyboard</source>
            <translation>键盘</translation>
        </message>
        <message>
            <source>My data</source>
            <translation>我的数据</translation>
        </message>
        <message>
            <source>About</source>
            <translation>关于</translation>
        </message>
        <message>
            <source>Sections of the settings</source>
            <translation>设置的分类</translation>
        </message>
    </context>
    <context>
        <name>ShelfBar</name>
        <message>
            <source>Sorted by: {what}</source>
            <translation>排序：{what}</translation>
        </message>
        <message>
            <source>Tags</source>
            <translation>标签</translation>
        </message>
        <message>
            <source>All tags</source>
            <translation>全部标签</translation>
        </message>
        <message>
            <source>Series</source>
            <translation>丛书</translation>
        </message>
        <message>
            <source>All series</source>
            <translation>全部丛书</translation>
        </message>
        <message>
            <source>Removed ({count})</source>
            <translation>已移出（{count}）</translation>
        </message>
        <message>
            <source>Recently read</source>
            <translation>最近阅读</translation>
        </message>
        <message>
            <source>Recently added</source>
            <translation>最近加入</translation>
        </message>
        <message>
            <source>Title</source>
            <translation>书名</translation>
        </message>
        <message>
            <source>Author</source>
            <translation>作者</translation>
        </message>
        <message>
            <source>Share read</source>
            <translation>阅读进度</translation>
        </message>
        <message>
            <source>Length</source>
            <translation>篇幅</translation>
        </message>
        <message>
            <source>All</source>
            <translation>全部</translation>
        </message>
        <message>
            <source>Unread</source>
            <translation>未读</translation>
        </message>
        <message>
            <source>Reading</source>
            <translation>在读</translation>
        </message>
        <message>
            <source>Finished</source>
            <translation>读完</translation>
        </message>
        <message>
            <source>Learned</source>
            <translation>学过</translation>
        </message>
        <message>
            <source>Search title, author, series, tags</source>
            <translation>搜索书名、作者、丛书、标签</translation>
        </message>
        <message>
            <source>What comes first</source>
            <translation>排序方式</translation>
        </message>
        <message>
            <source>The other way round</source>
            <translation>反向排序</translation>
        </message>
        <message>
            <source>Show tiles with covers</source>
            <translation>显示封面</translation>
        </message>
        <message>
            <source>Show rows</source>
            <translation>显示列表</translation>
        </message>
        <message>
            <source>Show: {what}</source>
            <translation>显示：{what}</translation>
        </message>
        <message>
            <source>What was removed from the library and can be put back</source>
            <translation>已移出书库、可以放回的文档</translation>
        </message>
    </context>
    <context>
        <name>ShelfModel</name>
        <message>
            <source>Loading</source>
            <translation>正在载入</translation>
        </message>
        <message>
            <source>{share} read</source>
            <translation>已读 {share}</translation>
        </message>
    </context>
    <context>
        <name>ShortcutList</name>
        <message>
            <source>Keyboard shortcuts</source>
            <translation>键盘快捷键</translation>
        </message>
        <message>
            <source>In the question box</source>
            <translation>在提问框中</translation>
        </message>
        <message>
            <source>Send the question</source>
            <translation>发送问题</translation>
        </message>
        <message>
            <source>Enter</source>
            <translation>回车</translation>
        </message>
        <message>
            <source>New line</source>
            <translation>换行</translation>
        </message>
        <message>
            <source>Shift+Enter</source>
            <translation>Shift+回车</translation>
        </message>
        <message>
            <source>Bring the last question back</source>
            <translation>取回上一个问题</translation>
        </message>
        <message>
            <source>Up, in the empty box</source>
            <translation>在空白框中按 ↑</translation>
        </message>
        <message>
            <source>Stop the answer</source>
            <translation>停止回答</translation>
        </message>
        <message>
            <source>Esc</source>
            <translation>Esc</translation>
        </message>
        <message>
            <source>Search actions and keys</source>
            <translation>搜索操作和按键</translation>
        </message>
        <message>
            <source>Change keys …</source>
            <translation>更改按键…</translation>
        </message>
        <message>
            <source>Change keys in the settings</source>
            <translation>在设置中更改按键</translation>
        </message>
        <message>
            <source>Close</source>
            <translation>关闭</translation>
        </message>
    </context>
    <context>
        <name>Skeleton</name>
        <message>
            <source>Loading</source>
            <translation>正在载入</translation>
        </message>
    </context>
    <context>
        <name>StrengthSlider</name>
        <message>
            <source>Strength</source>
            <translation>强度</translation>
        </message>
        <message>
            <source>Strength of the adapter: {share}</source>
            <translation>适配器的强度：{share}</translation>
        </message>
        <message>
            <source>100 % is as it was learned; less is nearer to the model itself, 0 % is not at all.</source>
            <translation>100% 是学成时的强度；越低越接近模型本身，0% 则完全不起作用。</translation>
        </message>
    </context>
    <context>
        <name>Suggestions</name>
        <message>
            <source>Who is {name}?</source>
            <translation>{name}是谁？</translation>
        </message>
        <message>
            <source>Ask about this book. First come the sentences of the book that speak of your question, then what the model makes of them; a click on a place brings you there.</source>
            <translation>就这本书提问。先列出书中与问题相关的句子，再给出模型据此得出的回答；点击出处即可跳到书中那一处。</translation>
        </message>
    </context>
    <context>
        <name>TagDialog</name>
        <message>
            <source>Tags</source>
            <translation>标签</translation>
        </message>
        <message>
            <source>Tags of “{title}”</source>
            <translation>《{title}》的标签</translation>
        </message>
        <message numerus="yes">
            <source>Tags of %n document(s)</source>
            <translation>
                <numerusform>%n 份文档的标签</numerusform>
            </translation>
        </message>
        <message>
            <source>New tags, separated by commas</source>
            <translation>新标签，用逗号隔开</translation>
        </message>
        <message>
            <source>Save</source>
            <translation>保存</translation>
        </message>
        <message>
            <source>Cancel</source>
            <translation>取消</translation>
        </message>
        <message>
            <source>Save the tags</source>
            <translation>保存标签</translation>
        </message>
    </context>
    <context>
        <name>TakingOff</name>
        <message>
            <source>“{title}” was removed.</source>
            <translation>已把《{title}》移出书库。</translation>
        </message>
        <message>
            <source>{count} documents were removed.</source>
            <translation>已把 {count} 份文档移出书库。</translation>
        </message>
        <message>
            <source>Undo</source>
            <translation>撤销</translation>
        </message>
        <message>
            <source>“{title}” is forgotten.</source>
            <translation>已忘掉《{title}》。</translation>
        </message>
        <message>
            <source>{count} documents are forgotten.</source>
            <translation>已忘掉 {count} 份文档。</translation>
        </message>
        <message numerus="yes">
            <source>%n trace(s) found in the data folder.</source>
            <translation>
                <numerusform>数据文件夹中找到 %n 处痕迹。</numerusform>
            </translation>
        </message>
        <message>
            <source>Show the proof</source>
            <translation>查看证明</translation>
        </message>
    </context>
    <context>
        <name>ThoughtFold</name>
        <message>
            <source>What the model thought</source>
            <translation>模型的思考过程</translation>
        </message>
    </context>
    <context>
        <name>TurnActions</name>
        <message>
            <source>Version {n} of {all}</source>
            <translation>第 {n} 版，共 {all} 版</translation>
        </message>
        <message>
            <source>Version before (Left)</source>
            <translation>上一版（←）</translation>
        </message>
        <message>
            <source>Version after (Right)</source>
            <translation>下一版（→）</translation>
        </message>
        <message>
            <source>Copy with its places (Ctrl+C)</source>
            <translation>连同出处复制（Ctrl+C）</translation>
        </message>
        <message>
            <source>Answer again (Ctrl+Enter)</source>
            <translation>重新回答（Ctrl+回车）</translation>
        </message>
        <message>
            <source>More about this answer</source>
            <translation>更多操作</translation>
        </message>
        <message>
            <source>Go on with this answer</source>
            <translation>接着写这个回答</translation>
        </message>
        <message>
            <source>Go on</source>
            <translation>继续</translation>
        </message>
        <message>
            <source>Change the question …</source>
            <translation>修改问题…</translation>
        </message>
        <message>
            <source>Go on from here in a new conversation</source>
            <translation>从这里开始新对话</translation>
        </message>
        <message>
            <source>Delete this question</source>
            <translation>删除这个问题</translation>
        </message>
    </context>
    <context>
        <name>TurnView</name>
        <message>
            <source>Question: {words}</source>
            <translation>问题：{words}</translation>
        </message>
        <message>
            <source>In the book</source>
            <translation>书中</translation>
        </message>
        <message>
            <source>Answer: {words}</source>
            <translation>回答：{words}</translation>
        </message>
        <message>
            <source>Nothing</source>
            <translation>无</translation>
        </message>
        <message>
            <source>In “{section}”</source>
            <translation>在“{section}”中</translation>
        </message>
        <message>
            <source>About the selection</source>
            <translation>关于所选文字</translation>
        </message>
        <message>
            <source>only up to where you had read</source>
            <translation>只到您读到的地方</translation>
        </message>
        <message>
            <source>{model} answers</source>
            <translation>{model} 的回答</translation>
        </message>
        <message>
            <source>Stopped.</source>
            <translation>已停止。</translation>
        </message>
        <message>
            <source>No sentence of the book that was read confirms this answer.</source>
            <translation>读过的句子中没有能证实这个回答的。</translation>
        </message>
        <message>
            <source>Answering</source>
            <translation>正在回答</translation>
        </message>
    </context>
    <context>
        <name>TurnWords</name>
        <message>
            <source>(stopped)</source>
            <translation>（已停止）</translation>
        </message>
    </context>
    <context>
        <name>TypeControls</name>
        <message>
            <source>{points} pt</source>
            <translation>{points} 磅</translation>
        </message>
        <message>
            <source>{count} letters</source>
            <translation>{count} 字</translation>
        </message>
        <message>
            <source>{pixels} px</source>
            <translation>{pixels} 像素</translation>
        </message>
        <message>
            <source>Serif</source>
            <translation>衬线</translation>
        </message>
        <message>
            <source>Sans serif</source>
            <translation>无衬线</translation>
        </message>
        <message>
            <source>Page</source>
            <translation>页面</translation>
        </message>
        <message>
            <source>Layout</source>
            <translation>版式</translation>
        </message>
        <message>
            <source>Typeface</source>
            <translation>字体</translation>
        </message>
        <message>
            <source>Size</source>
            <translation>字号</translation>
        </message>
        <message>
            <source>Line height</source>
            <translation>行高</translation>
        </message>
        <message>
            <source>Line length</source>
            <translation>行宽</translation>
        </message>
        <message>
            <source>Margins</source>
            <translation>页边距</translation>
        </message>
        <message>
            <source>Paragraphs</source>
            <translation>段落</translation>
        </message>
        <message>
            <source>Both edges straight</source>
            <translation>两端对齐</translation>
        </message>
        <message>
            <source>Words are not divided at the ends of lines; narrow columns get wide gaps.</source>
            <translation>行末不拆分单词；栏太窄时词间会有大空隙。</translation>
        </message>
        <message>
            <source>Usual type</source>
            <translation>恢复默认排版</translation>
        </message>
        <message>
            <source>Scroll</source>
            <translation>滚动</translation>
        </message>
        <message>
            <source>One page</source>
            <translation>单页</translation>
        </message>
        <message>
            <source>Two pages where there is room</source>
            <translation>空间足够时双页</translation>
        </message>
        <message>
            <source>Indented</source>
            <translation>首行缩进</translation>
        </message>
        <message>
            <source>Space between</source>
            <translation>段间留空</translation>
        </message>
        <message>
            <source>As the window</source>
            <translation>跟随窗口</translation>
        </message>
        <message>
            <source>Paper</source>
            <translation>纸白</translation>
        </message>
        <message>
            <source>Sepia</source>
            <translation>米黄</translation>
        </message>
        <message>
            <source>Grey</source>
            <translation>灰色</translation>
        </message>
        <message>
            <source>Night</source>
            <translation>夜间</translation>
        </message>
        <message>
            <source>High contrast</source>
            <translation>高对比度</translation>
        </message>
    </context>
    <context>
        <name>TypePopover</name>
        <message>
            <source>Type</source>
            <translation>文字</translation>
        </message>
    </context>
    <context>
        <name>WaitingLine</name>
        <message>
            <source>Looking for passages …</source>
            <translation>正在寻找段落…</translation>
        </message>
        <message>
            <source>reading {done} of {total} tokens</source>
            <translation>正在读第 {done} 个词元，共 {total} 个</translation>
        </message>
    </context>
    <context>
        <name>WelcomeCard</name>
        <message>
            <source>Welcome</source>
            <translation>欢迎</translation>
        </message>
        <message>
            <source>This is a short story to try things on. Everything happens on this computer: no account, no network, and what is forgotten is gone.</source>
            <translation>这是一篇供您试用的短篇故事。一切都在这台电脑上进行：不用账号，不用网络，忘掉的东西就真的没有了。</translation>
        </message>
        <message>
            <source>Learn this story</source>
            <translation>学习这个故事</translation>
        </message>
        <message>
            <source>Learning it takes about {time} on this computer.</source>
            <translation>在这台电脑上学习它大约需要 {time}。</translation>
        </message>
        <message>
            <source>You can read and ask meanwhile. To add a book of your own, drop it anywhere on the window.</source>
            <translation>期间可以照常阅读和提问。要加入自己的书，把它拖到窗口任意处即可。</translation>
        </message>
        <message>
            <source>Close the welcome</source>
            <translation>关闭欢迎卡片</translation>
        </message>
    </context>
    <context>
        <name>WriterProblem</name>
        <message>
            <source>Questions fail so with the model in use.</source>
            <translation>照这样设置，用当前模型提问会失败。</translation>
        </message>
        <message>
            <source>Copy the command</source>
            <translation>复制命令</translation>
        </message>
    </context>
    <context>
        <name>_Answer</name>
        <message>
            <source>Answer: {which}</source>
            <translation>回答：{which}</translation>
        </message>
        <message>
            <source>It wrote nothing.</source>
            <translation>没有写出任何内容。</translation>
        </message>
        <message>
            <source>first word after {time} · {slots} tokens looked at</source>
            <translation>首词用时 {time} · 参照 {slots} 个词元</translation>
        </message>
    </context>
    <context>
        <name>compressors</name>
        <message>
            <source>being trained</source>
            <translation>正在训练</translation>
        </message>
        <message>
            <source>trained by you</source>
            <translation>由您训练</translation>
        </message>
        <message>
            <source>comes with Palimpsest</source>
            <translation>随 Palimpsest 附带</translation>
        </message>
        <message>
            <source>training paused</source>
            <translation>训练已暂停</translation>
        </message>
        <message>
            <source>none</source>
            <translation>无</translation>
        </message>
        <message>
            <source>Segment compressor: {origin}</source>
            <translation>分段压缩器：{origin}</translation>
        </message>
        <message>
            <source>Gist encoder: {origin}</source>
            <translation>要旨编码器：{origin}</translation>
        </message>
        <message>
            <source>{count} steps</source>
            <translation>{count} 步</translation>
        </message>
        <message>
            <source>{count} prompts</source>
            <translation>{count} 个提示</translation>
        </message>
        <message>
            <source>a gist of {k} keeps {share} of a prompt’s use</source>
            <translation>{k} 词元要旨保留提示作用的 {share}</translation>
        </message>
        <message>
            <source>{count} texts</source>
            <translation>{count} 篇文字</translation>
        </message>
        <message>
            <source>{ratio} keeps {share} of what the text before contributes</source>
            <translation>{ratio} 保留前文作用的 {share}</translation>
        </message>
        <message>
            <source>Trained on {data}.</source>
            <translation>训练材料：{data}。</translation>
        </message>
        <message>
            <source>Training took {time}.</source>
            <translation>训练用时 {time}。</translation>
        </message>
        <message>
            <source>Licence: {licence}</source>
            <translation>许可证：{licence}</translation>
        </message>
        <message>
            <source>prompts that come with Palimpsest</source>
            <translation>Palimpsest 附带的提示</translation>
        </message>
    </context>
    <context>
        <name>data</name>
        <message>
            <source>Library: books, questions, answers</source>
            <translation>书库：书籍、问题、回答</translation>
        </message>
        <message>
            <source>Prompt caches</source>
            <translation>提示缓存</translation>
        </message>
        <message>
            <source>Memories: adapters and checkpoints</source>
            <translation>记忆：适配器和检查点</translation>
        </message>
        <message>
            <source>Copies of added files</source>
            <translation>所加文件的副本</translation>
        </message>
        <message>
            <source>Models you added</source>
            <translation>您添加的模型</translation>
        </message>
        <message>
            <source>Models on their way</source>
            <translation>正在下载的模型</translation>
        </message>
        <message>
            <source>Compressors you trained</source>
            <translation>您训练的压缩器</translation>
        </message>
        <message>
            <source>Log and crash reports</source>
            <translation>日志和崩溃报告</translation>
        </message>
        <message>
            <source>State of the window</source>
            <translation>窗口状态</translation>
        </message>
        <message>
            <source>Not of Palimpsest</source>
            <translation>不属于 Palimpsest</translation>
        </message>
    </context>
    <context>
        <name>forget</name>
        <message>
            <source>Documents</source>
            <translation>文档</translation>
        </message>
        <message>
            <source>Sections</source>
            <translation>章节</translation>
        </message>
        <message>
            <source>Paragraphs</source>
            <translation>自然段</translation>
        </message>
        <message>
            <source>Passages</source>
            <translation>段落</translation>
        </message>
        <message>
            <source>Conversations</source>
            <translation>对话</translation>
        </message>
        <message>
            <source>Questions and answers</source>
            <translation>问与答</translation>
        </message>
        <message>
            <source>Citations</source>
            <translation>引文</translation>
        </message>
        <message>
            <source>Memories</source>
            <translation>记忆</translation>
        </message>
        <message>
            <source>Points of the learning curve</source>
            <translation>学习曲线上的点</translation>
        </message>
        <message>
            <source>Tags</source>
            <translation>标签</translation>
        </message>
        <message>
            <source>Covers</source>
            <translation>封面</translation>
        </message>
        <message>
            <source>Pictures</source>
            <translation>图片</translation>
        </message>
        <message>
            <source>Bookmarks, highlights and notes</source>
            <translation>书签、划线和笔记</translation>
        </message>
        <message>
            <source>Prompt caches</source>
            <translation>提示缓存</translation>
        </message>
        <message>
            <source>Notes of jobs</source>
            <translation>任务记录</translation>
        </message>
        <message>
            <source>Mentions in settings</source>
            <translation>设置中的提及</translation>
        </message>
        <message>
            <source>Notes of broken files</source>
            <translation>损坏文件的记录</translation>
        </message>
        <message>
            <source>Lines of the log</source>
            <translation>日志行</translation>
        </message>
        <message>
            <source>Kept originals</source>
            <translation>保留的原文件</translation>
        </message>
        <message>
            <source>Files</source>
            <translation>文件</translation>
        </message>
        <message>
            <source>Size of its files on disk</source>
            <translation>其文件占用的磁盘</translation>
        </message>
    </context>
    <context>
        <name>library</name>
        <message>
            <source>{count} characters</source>
            <translation>{count} 字</translation>
        </message>
        <message>
            <source>{share} read</source>
            <translation>已读 {share}</translation>
        </message>
        <message>
            <source>sample story</source>
            <translation>示例故事</translation>
        </message>
    </context>
    <context>
        <name>memory</name>
        <message>
            <source>Adapter</source>
            <translation>适配器</translation>
        </message>
        <message>
            <source>Gist cache</source>
            <translation>要旨缓存</translation>
        </message>
        <message>
            <source>Segment memory</source>
            <translation>分段记忆</translation>
        </message>
        <message>
            <source>in part</source>
            <translation>部分</translation>
        </message>
        <message>
            <source>Learned {day} with {model} · {tokens} tokens · {size}</source>
            <translation>{day}学完，模型 {model} · {tokens} 个词元 · {size}</translation>
        </message>
        <message>
            <source>Paused {day}, with {model} · {tokens} tokens so far · {size}</source>
            <translation>{day}暂停，模型 {model} · 至今 {tokens} 个词元 · {size}</translation>
        </message>
        <message>
            <source>Learned in part {day}, with {model} · {tokens} tokens so far · {size}</source>
            <translation>{day}学了一部分，模型 {model} · 至今 {tokens} 个词元 · {size}</translation>
        </message>
    </context>
    <context>
        <name>models</name>
        <message>
            <source>{count} M parameters</source>
            <translation>{count}M 参数</translation>
        </message>
        <message>
            <source>{count} B parameters</source>
            <translation>{count}B 参数</translation>
        </message>
        <message>
            <source>Does not fit: needs about {need} of memory, {free} free. Choose a smaller model.</source>
            <translation>放不下：约需 {need} 内存，剩余 {free}。请选小一些的模型。</translation>
        </message>
        <message>
            <source>Needs about {need} of the {free} of memory that are free: PyTorch alone, llama.cpp does not fit beside it</source>
            <translation>约需 {need} 内存，剩余 {free}：只用 PyTorch，再加 llama.cpp 就放不下了</translation>
        </message>
        <message>
            <source>Needs about {need} of the {free} of memory that are free: llama.cpp alone, books cannot be learned</source>
            <translation>约需 {need} 内存，剩余 {free}：只用 llama.cpp，不能学习书籍</translation>
        </message>
        <message>
            <source>Needs about {need} of the {free} of graphics memory that are free</source>
            <translation>约需 {need} 显存，剩余 {free}</translation>
        </message>
        <message>
            <source>Needs about {need} of the {free} of memory that are free</source>
            <translation>约需 {need} 内存，剩余 {free}</translation>
        </message>
        <message>
            <source>For asking about {need}, while a book is learned about {learning}.</source>
            <translation>提问约需 {need}，学习一本书时约需 {learning}。</translation>
        </message>
        <message>
            <source>Learning may be slow: not all of that is free.</source>
            <translation>学习可能较慢：剩余空间不足。</translation>
        </message>
        <message>
            <source>{names} and {count} more</source>
            <translation>{names} 等，另有 {count} 种</translation>
        </message>
        <message>
            <source>{licence} licence, free for any use</source>
            <translation>{licence} 许可证，可自由使用</translation>
        </message>
        <message>
            <source>Licence “{licence}”: read its terms before you use it</source>
            <translation>许可证“{licence}”：使用前请阅读其条款</translation>
        </message>
        <message>
            <source>Licence unknown: it is yours to check</source>
            <translation>许可证未知：请自行确认</translation>
        </message>
    </context>
    <context>
        <name>notes</name>
        <message>
            <source>yellow</source>
            <translation>黄色</translation>
        </message>
        <message>
            <source>green</source>
            <translation>绿色</translation>
        </message>
        <message>
            <source>blue</source>
            <translation>蓝色</translation>
        </message>
        <message>
            <source>pink</source>
            <translation>粉色</translation>
        </message>
        <message>
            <source>Bookmark</source>
            <translation>书签</translation>
        </message>
        <message>
            <source>Highlight</source>
            <translation>划线</translation>
        </message>
        <message>
            <source>Note</source>
            <translation>笔记</translation>
        </message>
        <message>
            <source>Beginning</source>
            <translation>开头</translation>
        </message>
        <message>
            <source>page {page}</source>
            <translation>第 {page} 页</translation>
        </message>
        <message>
            <source>Notes on “{title}”</source>
            <translation>《{title}》笔记</translation>
        </message>
    </context>
    <context>
        <name>progress</name>
        <message>
            <source>{done} of {total} {unit}</source>
            <translation>{done} / {total} {unit}</translation>
        </message>
        <message>
            <source>{rate} {unit}/s</source>
            <translation>{rate} {unit}/秒</translation>
        </message>
        <message>
            <source>{done} of {total}</source>
            <translation>{done} / {total}</translation>
        </message>
        <message>
            <source>{amount}/s</source>
            <translation>{amount}/秒</translation>
        </message>
    </context>
    <context>
        <name>prompts</name>
        <message>
            <source>Segment memory of “{title}”</source>
            <translation>《{title}》的分段记忆</translation>
        </message>
        <message>
            <source>Questions about “{title}”</source>
            <translation>关于《{title}》的提问</translation>
        </message>
        <message>
            <source>Standing instructions</source>
            <translation>常驻指令</translation>
        </message>
        <message>
            <source>segments, {ratio}</source>
            <translation>分段，{ratio}</translation>
        </message>
        <message>
            <source>exact</source>
            <translation>原样</translation>
        </message>
        <message>
            <source>gist of {k}, {ratio}</source>
            <translation>{k} 词元要旨，{ratio}</translation>
        </message>
        <message>
            <source>{slots} slots stand in for {tokens} tokens in {segments} segments</source>
            <translation>用 {slots} 个记忆槽代替 {segments} 个分段的 {tokens} 个词元</translation>
        </message>
        <message>
            <source>{slots} tokens stand in for {tokens}, {literals} of them word for word</source>
            <translation>用 {slots} 个词元代替 {tokens} 个，其中逐字保留 {literals} 个</translation>
        </message>
        <message>
            <source>Answers as the full prompt does.</source>
            <translation>回答与用完整提示时相同。</translation>
        </message>
        <message>
            <source>Answers nearly as the full prompt does.</source>
            <translation>回答与用完整提示时几乎相同。</translation>
        </message>
        <message>
            <source>Answers differ from the full prompt’s in places.</source>
            <translation>回答与用完整提示时有些地方不同。</translation>
        </message>
        <message>
            <source>Much of the prompt is lost: answers differ.</source>
            <translation>提示丢失了很多：回答会不同。</translation>
        </message>
        <message>
            <source>It keeps {share} of what the prompt changes in an answer.</source>
            <translation>提示对回答的影响保留了 {share}。</translation>
        </message>
        <message>
            <source>{nats} nats a token</source>
            <translation>每词元 {nats} 奈特</translation>
        </message>
    </context>
    <context>
        <name>segments</name>
        <message>
            <source>{count} segments</source>
            <translation>{count} 个分段</translation>
        </message>
        <message>
            <source>{count} slots</source>
            <translation>{count} 个记忆槽</translation>
        </message>
        <message>
            <source>last {count} tokens word for word</source>
            <translation>末尾 {count} 个词元逐字保留</translation>
        </message>
        <message>
            <source>1:{ratio}</source>
            <translation>1:{ratio}</translation>
        </message>
        <message>
            <source>There is no model in use.</source>
            <translation>没有正在使用的模型。</translation>
        </message>
        <message>
            <source>{model} has no segment compressor yet: train one first.</source>
            <translation>{model} 还没有分段压缩器：请先训练一个。</translation>
        </message>
        <message>
            <source>This book fits the model’s window ({tokens} of {window} tokens): nothing needs to be compressed.</source>
            <translation>这本书放得进模型的窗口（{window} 个词元，书占 {tokens} 个）：无需压缩。</translation>
        </message>
        <message>
            <source>Not made yet.</source>
            <translation>尚未生成。</translation>
        </message>
        <message>
            <source>Not made yet: {tokens} tokens, and the model’s window holds {window} at once.</source>
            <translation>尚未生成：书有 {tokens} 个词元，模型的窗口一次只容纳 {window} 个。</translation>
        </message>
        <message>
            <source>Paused after {done} of {total} tokens.</source>
            <translation>已暂停：{total} 个词元中完成了 {done} 个。</translation>
        </message>
        <message>
            <source>Made of {done} of {total} tokens so far.</source>
            <translation>至今完成 {total} 个词元中的 {done} 个。</translation>
        </message>
    </context>
    <context>
        <name>sentence</name>
        <message>
            <source>{0} cannot use adapters.</source>
            <translation>{0} 不能使用适配器。</translation>
        </message>
        <message>
            <source>This document's adapter is not on the disk any more; learn the document again.</source>
            <translation>这份文档的适配器已不在磁盘上；请重新学习这份文档。</translation>
        </message>
        <message>
            <source>This document's adapter is damaged; learn the document again.</source>
            <translation>这份文档的适配器已损坏；请重新学习这份文档。</translation>
        </message>
        <message>
            <source>This memory was learned with {0}, another model than {1}; learn the document again.</source>
            <translation>这份记忆是用 {0} 学成的，与 {1} 不是同一个模型；请重新学习这份文档。</translation>
        </message>
        <message>
            <source>Not found in the text.</source>
            <translation>在文中没有找到。</translation>
        </message>
        <message>
            <source>The engine has started anew and does not hold this document any more. Please ask again.</source>
            <translation>引擎重新启动过，已不再持有这份文档。请再问一次。</translation>
        </message>
        <message>
            <source>The model in {0} is not the one that was added as {1}; add it again.</source>
            <translation>{0} 中的模型不是当初添加的 {1}；请重新添加。</translation>
        </message>
        <message>
            <source>The weights of {0} cannot be loaded; remove the model and add it again.</source>
            <translation>{0} 的权重无法载入；请移除该模型后重新添加。</translation>
        </message>
        <message>
            <source>The weights of {0} are incomplete; remove the model and add it again.</source>
            <translation>{0} 的权重不完整；请移除该模型后重新添加。</translation>
        </message>
        <message>
            <source>4-bit weights need a CUDA graphics card; load the model without them.</source>
            <translation>4 位权重需要支持 CUDA 的显卡；请不用 4 位载入模型。</translation>
        </message>
        <message>
            <source>4-bit weights need the bitsandbytes package: pip install palimpsest[cuda].</source>
            <translation>4 位权重需要 bitsandbytes 包：pip install palimpsest[cuda]。</translation>
        </message>
        <message>
            <source>Reading {0} tokens behind {1} did not fit into the {2} GB of memory that are free. Use fewer passages or a smaller model.</source>
            <translation>在 {1} 个词元之后再读 {0} 个词元，剩余的 {2} GB 内存放不下。请减少段落或换用小一些的模型。</translation>
        </message>
        <message>
            <source>This model's chat template cannot be used; choose another model.</source>
            <translation>此模型的对话模板无法使用；请选择其他模型。</translation>
        </message>
        <message>
            <source>No CUDA graphics card can be used here; choose the CPU.</source>
            <translation>这里没有可用的 CUDA 显卡；请选择 CPU。</translation>
        </message>
        <message>
            <source>{0} needs {1} GB of memory and {2} GB are free. Close other programs or choose a smaller model.</source>
            <translation>{0}：需要 {1} GB 内存，剩余 {2} GB。请关闭其他程序或选小一些的模型。</translation>
        </message>
        <message>
            <source>{0} needs {1} GB of graphics memory and {2} GB are free. Close other programs or choose a smaller model.</source>
            <translation>{0}：需要 {1} GB 显存，剩余 {2} GB。请关闭其他程序或选小一些的模型。</translation>
        </message>
        <message>
            <source>“{0}”: config.json describes no model that can be built.</source>
            <translation>“{0}”：config.json 描述的模型无法构建。</translation>
        </message>
        <message>
            <source>“{0}” is incomplete or mixed up: {1} of {2} tensors are missing or of another size than config.json says.</source>
            <translation>“{0}”不完整或内容混杂：{2} 个张量中有 {1} 个缺失，或大小与 config.json 不符。</translation>
        </message>
        <message>
            <source>“{0}” is incomplete: it has no tokenizer.json.</source>
            <translation>“{0}”不完整：缺少 tokenizer.json。</translation>
        </message>
        <message>
            <source>“{0}”: its tokenizer cannot be read.</source>
            <translation>“{0}”：无法读取它的分词器。</translation>
        </message>
        <message>
            <source>There is nothing to answer: the prompt is empty.</source>
            <translation>没有可回答的内容：提示为空。</translation>
        </message>
        <message>
            <source>The answer needs room for at least 1 token, not {0}.</source>
            <translation>回答至少需要 1 个词元的空间，而不是 {0} 个。</translation>
        </message>
        <message>
            <source>Prompt and answer need {0} tokens and this model holds {1}. Use fewer passages or a shorter answer.</source>
            <translation>提示和回答需要 {0} 个词元，而此模型只容纳 {1} 个。请减少段落或缩短回答。</translation>
        </message>
        <message>
            <source>“{0}” is damaged: its weights cannot be read.</source>
            <translation>“{0}”已损坏：无法读取它的权重。</translation>
        </message>
        <message>
            <source>“{0}” holds a model of type “{1}”; usable are {2}.</source>
            <translation>“{0}”中的模型类型是“{1}”；可用的类型有 {2}。</translation>
        </message>
        <message>
            <source>“{0}” is one part of several; join them with llama-gguf-split --merge first.</source>
            <translation>“{0}”只是其中一部分；请先用 llama-gguf-split --merge 合并。</translation>
        </message>
        <message>
            <source>This model's tokenizer has no tokenizer.json form; Palimpsest cannot use it.</source>
            <translation>此模型的分词器没有 tokenizer.json 形式；Palimpsest 无法使用。</translation>
        </message>
        <message>
            <source>“{0}” is incomplete: {1} of the model's tensors are missing.</source>
            <translation>“{0}”不完整：缺少 {1} 个张量。</translation>
        </message>
        <message>
            <source>“{0}” is damaged: its tokenizer or settings cannot be read.</source>
            <translation>“{0}”已损坏：无法读取它的分词器或设置。</translation>
        </message>
        <message>
            <source>“{0}” is damaged: a tensor's shape does not fit the model.</source>
            <translation>“{0}”已损坏：有张量的形状与模型不符。</translation>
        </message>
        <message>
            <source>its number of layers</source>
            <translation>层数</translation>
        </message>
        <message>
            <source>the width of its embedding</source>
            <translation>嵌入宽度</translation>
        </message>
        <message>
            <source>its vocabulary</source>
            <translation>词表</translation>
        </message>
        <message>
            <source>its feed-forward width</source>
            <translation>前馈宽度</translation>
        </message>
        <message>
            <source>its number of attention heads</source>
            <translation>注意力头数</translation>
        </message>
        <message>
            <source>its number of key and value heads</source>
            <translation>键值头数</translation>
        </message>
        <message>
            <source>its context length</source>
            <translation>上下文长度</translation>
        </message>
        <message>
            <source>it does not begin with “GGUF”</source>
            <translation>开头不是“GGUF”</translation>
        </message>
        <message>
            <source>its version is {0}, and only 2 and 3 are known</source>
            <translation>版本是 {0}，而只支持 2 和 3</translation>
        </message>
        <message>
            <source>it claims an impossible number of entries</source>
            <translation>声称的条目数不可能</translation>
        </message>
        <message>
            <source>it holds a value of unknown type {0}</source>
            <translation>含有未知类型 {0} 的值</translation>
        </message>
        <message>
            <source>a setting in it is not a finite number</source>
            <translation>有一项设置不是有限的数</translation>
        </message>
        <message>
            <source>its alignment is not a power of two</source>
            <translation>对齐值不是 2 的幂</translation>
        </message>
        <message>
            <source>it names a tensor twice</source>
            <translation>有张量重名</translation>
        </message>
        <message>
            <source>it is incomplete, some of its weights are missing</source>
            <translation>文件不完整，缺少部分权重</translation>
        </message>
        <message>
            <source>its weights lie over one another</source>
            <translation>权重互相重叠</translation>
        </message>
        <message>
            <source>it ends too early</source>
            <translation>文件提前结束</translation>
        </message>
        <message>
            <source>“{0}” is not a usable GGUF file: {1}.</source>
            <translation>“{0}”不是可用的 GGUF 文件：{1}。</translation>
        </message>
        <message>
            <source>“{0}” cannot be read, or is empty.</source>
            <translation>“{0}”无法读取，或者是空的。</translation>
        </message>
        <message>
            <source>“{0}” is not a usable GGUF file: {1} does not fit its weights.</source>
            <translation>“{0}”不是可用的 GGUF 文件：{1}与权重不符。</translation>
        </message>
        <message>
            <source>it names a setting twice</source>
            <translation>有设置重名</translation>
        </message>
        <message>
            <source>it holds a list of unknown type {0}</source>
            <translation>含有未知类型 {0} 的列表</translation>
        </message>
        <message>
            <source>a tensor has an impossible number of dimensions</source>
            <translation>有张量的维数不可能</translation>
        </message>
        <message>
            <source>a tensor has the unknown type {0}</source>
            <translation>有张量的类型 {0} 未知</translation>
        </message>
        <message>
            <source>a tensor has an impossible shape</source>
            <translation>有张量的形状不可能</translation>
        </message>
        <message>
            <source>a tensor does not begin where it should</source>
            <translation>有张量的起始位置不对</translation>
        </message>
        <message>
            <source>a name in it is not text</source>
            <translation>有名称不是文本</translation>
        </message>
        <message>
            <source>Something went wrong inside Palimpsest ({0}); details are in the log.</source>
            <translation>Palimpsest 内部出了问题（{0}）；详情见日志。</translation>
        </message>
        <message>
            <source>it lacks {0} tensors, among them {1}</source>
            <translation>缺少 {0} 个张量，其中有 {1}</translation>
        </message>
        <message>
            <source>The embedded model is not set up ({0} is missing); run “make” in the checkout once.</source>
            <translation>内置模型尚未就绪（缺少 {0}）；请在源码目录中运行一次“make”。</translation>
        </message>
        <message>
            <source>There is no file or folder {0}.</source>
            <translation>没有文件或文件夹 {0}。</translation>
        </message>
        <message>
            <source>“{0}”: config.json gives no usable {1} size.</source>
            <translation>“{0}”：config.json 没有给出可用的大小：{1}。</translation>
        </message>
        <message>
            <source>The training so far was of another model, on other data or with other settings; train anew.</source>
            <translation>之前的训练用的是另一个模型、其他材料或其他设置；请重新训练。</translation>
        </message>
        <message>
            <source>The training went astray at step {0}: its figures are no longer numbers. Train anew with a learning rate below {1}.</source>
            <translation>训练在第 {0} 步失控：计算结果已不是数字。请用低于 {1} 的学习率重新训练。</translation>
        </message>
        <message>
            <source>“{0}” was read but could not be kept: the disk is full, the room for kept prompts is too small, the prompt is too short, or it was forgotten.</source>
            <translation>“{0}”已读完，但无法保存：磁盘已满、留给提示的空间太小、提示太短，或者它已被忘掉。</translation>
        </message>
        <message>
            <source>What was learned so far cannot be read any more; learn the document anew.</source>
            <translation>之前学到的内容已无法读取；请重新学习这份文档。</translation>
        </message>
        <message>
            <source>What was learned so far was learned with another model, text or settings; learn the document anew.</source>
            <translation>之前的学习用的是另一个模型、文本或设置；请重新学习这份文档。</translation>
        </message>
        <message>
            <source>Learning with {0}</source>
            <translation>用 {0} 学习</translation>
        </message>
        <message>
            <source>{0} cannot learn; choose a model that PyTorch runs.</source>
            <translation>{0} 不能学习；请选择由 PyTorch 运行的模型。</translation>
        </message>
        <message>
            <source>There is no text to learn from.</source>
            <translation>没有可学习的文字。</translation>
        </message>
        <message>
            <source>Learning with {0} needs more graphics memory than is free ({1} GB). Choose a smaller window or the 4-bit version.</source>
            <translation>用 {0} 学习所需的显存超过剩余的 {1} GB。请选小一些的窗口或 4 位版本。</translation>
        </message>
        <message>
            <source>A window of {0} tokens is more than the {1} this model can read at once.</source>
            <translation>{0} 个词元的窗口超过了此模型一次能读的 {1} 个。</translation>
        </message>
        <message>
            <source>A window of {0} tokens cannot hold {1} read again and a chunk of {2}.</source>
            <translation>{0} 个词元的窗口容不下重读的 {1} 个和一块 {2} 个。</translation>
        </message>
        <message>
            <source>A rank of 1-256, a learning rate between 0 and 1 and 1-16 epochs can be used.</source>
            <translation>可用的秩为 1-256，学习率在 0 与 1 之间，轮数为 1-16。</translation>
        </message>
        <message>
            <source>“{0}” in “{1}” is damaged or incomplete; fetch the file again.</source>
            <translation>“{1}”中的“{0}”已损坏或不完整；请重新下载该文件。</translation>
        </message>
        <message>
            <source>“{0}” holds no model.safetensors.</source>
            <translation>“{0}”中没有 model.safetensors。</translation>
        </message>
        <message>
            <source>“{0}”: config.json cannot be read.</source>
            <translation>“{0}”：无法读取 config.json。</translation>
        </message>
        <message>
            <source>“{0}” wants to run code of its own, which Palimpsest never does.</source>
            <translation>“{0}”要运行自带的代码，Palimpsest 从不这样做。</translation>
        </message>
        <message>
            <source>“{0}” is a model of type “{1}”; usable are {2}.</source>
            <translation>“{0}”的模型类型是“{1}”；可用的类型有 {2}。</translation>
        </message>
        <message>
            <source>“{0}” holds quantised weights; take the unquantised version or a GGUF file.</source>
            <translation>“{0}”中是量化权重；请使用未量化的版本或 GGUF 文件。</translation>
        </message>
        <message>
            <source>“{0}” holds pickle weights, which can run code; take its safetensors version.</source>
            <translation>“{0}”中是可能运行代码的 pickle 权重；请使用 safetensors 版本。</translation>
        </message>
        <message>
            <source>No prepared model is in {0}; add the model again.</source>
            <translation>{0} 中没有准备好的模型；请重新添加。</translation>
        </message>
        <message>
            <source>The model in {0} is damaged; remove it and add it again.</source>
            <translation>{0} 中的模型已损坏；请移除后重新添加。</translation>
        </message>
        <message>
            <source>The weights of {0} in {1} were moved or changed; add the model again.</source>
            <translation>{1} 中 {0} 的权重被移动或改动过；请重新添加该模型。</translation>
        </message>
        <message>
            <source>“{0}” is not a model folder: it has no config.json.</source>
            <translation>“{0}”不是模型文件夹：缺少 config.json。</translation>
        </message>
        <message>
            <source>“{0}”: config.json gives no usable {1}.</source>
            <translation>“{0}”：config.json 没有给出可用的 {1}。</translation>
        </message>
        <message>
            <source>“{0}”: {1} is a link to a file outside the folder; copy that file into it.</source>
            <translation>“{0}”：{1} 是指向文件夹外的链接；请把那个文件复制进来。</translation>
        </message>
        <message>
            <source>“{0}”: {1} names files outside the folder.</source>
            <translation>“{0}”：{1} 指向了文件夹外的文件。</translation>
        </message>
        <message>
            <source>“{0}” is incomplete: {1} and {2} more files are missing.</source>
            <translation>“{0}”不完整：缺少 {1} 和另外 {2} 个文件。</translation>
        </message>
        <message>
            <source>“{0}”: {1} cannot be read.</source>
            <translation>“{0}”：无法读取 {1}。</translation>
        </message>
        <message>
            <source>“{0}” holds values of type {1}; take the unquantised version.</source>
            <translation>“{0}”中含有 {1} 类型的值；请使用未量化的版本。</translation>
        </message>
        <message>
            <source>The engine stopped unexpectedly; it starts again with the next request. What was learned up to the last checkpoint is kept.</source>
            <translation>引擎意外停止；下一次请求时会重新启动。上一个检查点之前学到的内容都在。</translation>
        </message>
        <message>
            <source>The system ended the engine, most likely because memory ran out. Close other programs or choose a smaller model. What was learned up to the last checkpoint is kept.</source>
            <translation>系统结束了引擎，多半是因为内存不足。请关闭其他程序或选小一些的模型。上一个检查点之前学到的内容都在。</translation>
        </message>
        <message>
            <source>The engine could not be started: {0}.</source>
            <translation>引擎无法启动：{0}。</translation>
        </message>
        <message>
            <source>{0} cannot be read; remove the model and add it again.</source>
            <translation>{0} 无法读取；请移除该模型后重新添加。</translation>
        </message>
        <message>
            <source>The model in {0} has no tokenizer.json; remove it and add it again.</source>
            <translation>{0} 中的模型没有 tokenizer.json；请移除后重新添加。</translation>
        </message>
        <message>
            <source>Another Palimpsest is learning with this library; let it finish, or pause it first.</source>
            <translation>另一个 Palimpsest 正在用这个书库学习；请等它学完，或先暂停它。</translation>
        </message>
        <message>
            <source>This note is no longer there; it may have been deleted.</source>
            <translation>这条笔记已不存在；可能已被删除。</translation>
        </message>
        <message>
            <source>That question is not in the library any more.</source>
            <translation>那个问题已不在书库中。</translation>
        </message>
        <message>
            <source>The document was forgotten meanwhile; there is nothing to put this back into.</source>
            <translation>这份文档已被忘掉，无处可放回。</translation>
        </message>
        <message>
            <source>That conversation is not in the library; it may have been forgotten.</source>
            <translation>那段对话不在书库中；可能已被忘掉。</translation>
        </message>
        <message>
            <source>The library is locked by another program; close that program or try again in a moment.</source>
            <translation>书库被另一个程序锁定；请关闭那个程序，或稍后再试。</translation>
        </message>
        <message>
            <source>The disk is full, so nothing was written to the library; free some space and try again.</source>
            <translation>磁盘已满，没有写入书库；请腾出一些空间后再试。</translation>
        </message>
        <message>
            <source>{0} is not a Palimpsest library; move it away or choose another data folder.</source>
            <translation>{0} 不是 Palimpsest 书库；请把它移走或选择其他数据文件夹。</translation>
        </message>
        <message>
            <source>The library {0} is damaged; put a backup in its place or choose another data folder.</source>
            <translation>书库 {0} 已损坏；请换上备份或选择其他数据文件夹。</translation>
        </message>
        <message>
            <source>The library {0} cannot be opened; check that the folder may be read and written.</source>
            <translation>书库 {0} 无法打开；请确认文件夹可以读写。</translation>
        </message>
        <message>
            <source>The library {0} may not be written; check the permissions of the file and its folder.</source>
            <translation>书库 {0} 不可写；请检查文件及其文件夹的权限。</translation>
        </message>
        <message>
            <source>The disk with the library {0} cannot be read or written; check the disk and try again.</source>
            <translation>书库 {0} 所在的磁盘无法读写；请检查磁盘后再试。</translation>
        </message>
        <message>
            <source>The folder {0} cannot hold the library: {1}.</source>
            <translation>文件夹 {0} 无法存放书库：{1}。</translation>
        </message>
        <message>
            <source>This prompt state was made with another model, adapter or tokenizer.</source>
            <translation>这份提示状态是用另一个模型、适配器或分词器生成的。</translation>
        </message>
        <message>
            <source>What was read of this prompt is not there any more.</source>
            <translation>这个提示已读的部分不在了。</translation>
        </message>
        <message>
            <source>This prompt state does not go on where the prompt was left.</source>
            <translation>这份提示状态与提示停下的地方接不上。</translation>
        </message>
        <message>
            <source>Prompt states of this model cannot be handed to or taken from llama.cpp here.</source>
            <translation>此模型的提示状态在这里既不能交给 llama.cpp，也不能从它那里取回。</translation>
        </message>
        <message>
            <source>A kept prompt of {0} tokens did not fit into the {1} GB of memory that are free. Use a smaller model.</source>
            <translation>保存的提示有 {0} 个词元，剩余的 {1} GB 内存放不下。请换用小一些的模型。</translation>
        </message>
        <message>
            <source>“{0}” is not a model but a part for one (“{1}”).</source>
            <translation>“{0}”不是模型，而是模型的一个部件（“{1}”）。</translation>
        </message>
        <message>
            <source>a name in it is not one</source>
            <translation>有名称不合规</translation>
        </message>
        <message>
            <source>a list in it is endless</source>
            <translation>有列表长得没有尽头</translation>
        </message>
        <message>
            <source>its header has no end</source>
            <translation>文件头没有结尾</translation>
        </message>
        <message>
            <source>This gist was made with another model.</source>
            <translation>这份要旨是用另一个模型生成的。</translation>
        </message>
        <message>
            <source>These prompt states do not belong together.</source>
            <translation>这些提示状态不属于同一个提示。</translation>
        </message>
        <message>
            <source>This prompt state is damaged.</source>
            <translation>这份提示状态已损坏。</translation>
        </message>
        <message>
            <source>This adapter is for a layer ({0}) that models of type {1} do not have.</source>
            <translation>这个适配器所针对的层（{0}），{1} 类模型没有。</translation>
        </message>
        <message>
            <source>“{0}” cannot be used with llama.cpp: {1}.</source>
            <translation>“{0}”不能用于 llama.cpp：{1}。</translation>
        </message>
        <message>
            <source>llama.cpp is not used for “{0}”: it holds a model of type “{1}”; usable are {2}.</source>
            <translation>llama.cpp 不用于“{0}”：其中是“{1}”类模型；可用的有 {2}。</translation>
        </message>
        <message>
            <source>its heads cannot share its key and value heads evenly</source>
            <translation>注意力头不能平均分用键值头</translation>
        </message>
        <message>
            <source>its heads have an impossible size</source>
            <translation>注意力头的大小不可能</translation>
        </message>
        <message>
            <source>its embedding has more than one width</source>
            <translation>嵌入宽度不一</translation>
        </message>
        <message>
            <source>it says nothing of its normalisation</source>
            <translation>没有说明归一化方式</translation>
        </message>
        <message>
            <source>it stretches positions in an unknown way</source>
            <translation>位置的拉伸方式未知</translation>
        </message>
        <message>
            <source>its weights are not aligned</source>
            <translation>权重没有对齐</translation>
        </message>
        <message>
            <source>it does not say of each layer how far it looks back</source>
            <translation>没有逐层说明回看多远</translation>
        </message>
        <message>
            <source>it does not say which layers look back how far</source>
            <translation>没有说明哪些层回看多远</translation>
        </message>
        <message>
            <source>its tokenizer is of an unknown kind</source>
            <translation>分词器的类型未知</translation>
        </message>
        <message>
            <source>its vocabulary is not made of strings</source>
            <translation>词表不是由字符串组成的</translation>
        </message>
        <message>
            <source>its vocabulary names a token twice</source>
            <translation>词表中有词元重复</translation>
        </message>
        <message>
            <source>its tokenizer is incomplete</source>
            <translation>分词器不完整</translation>
        </message>
        <message>
            <source>its setting {0} is a list</source>
            <translation>设置 {0} 是列表</translation>
        </message>
        <message>
            <source>its setting {0} is not a whole number</source>
            <translation>设置 {0} 不是整数</translation>
        </message>
        <message>
            <source>its setting {0} is out of all bounds</source>
            <translation>设置 {0} 远超合理范围</translation>
        </message>
        <message>
            <source>its heads have more than one size</source>
            <translation>注意力头的大小不一</translation>
        </message>
        <message>
            <source>its setting {0} is one of another kind of model</source>
            <translation>设置 {0} 属于另一类模型</translation>
        </message>
        <message>
            <source>its vocabulary is incomplete</source>
            <translation>词表不完整</translation>
        </message>
        <message>
            <source>its tensor {0} belongs to another kind of model</source>
            <translation>张量 {0} 属于另一类模型</translation>
        </message>
        <message>
            <source>its tensor {0} has the wrong shape</source>
            <translation>张量 {0} 的形状不对</translation>
        </message>
        <message>
            <source>its tensor {0} is stored as {1}</source>
            <translation>张量 {0} 以 {1} 格式存储</translation>
        </message>
        <message>
            <source>its weights do not follow one another</source>
            <translation>权重没有首尾相接</translation>
        </message>
        <message>
            <source>its setting {0} is not a number</source>
            <translation>设置 {0} 不是数字</translation>
        </message>
        <message>
            <source>This model says itself which of its layers have windows; its memory is not handed to llama.cpp.</source>
            <translation>此模型自行规定哪些层有窗口；它的记忆不会交给 llama.cpp。</translation>
        </message>
        <message>
            <source>This model's file does not say its {0}.</source>
            <translation>此模型的文件没有说明 {0}。</translation>
        </message>
        <message>
            <source>This prompt state does not go on behind its last slot, as llama.cpp wants it to.</source>
            <translation>这份提示状态没有紧接着最后一个槽继续，而 llama.cpp 要求如此。</translation>
        </message>
        <message>
            <source>This prompt state is not of this model's shape.</source>
            <translation>这份提示状态的形状与此模型不符。</translation>
        </message>
        <message>
            <source>Layer {0} of this prompt state has values that 16 bits do not hold.</source>
            <translation>这份提示状态的第 {0} 层有 16 位容不下的数值。</translation>
        </message>
        <message>
            <source>pip install "palimpsest[llama]" adds it; it is compiled here, which takes five to ten minutes.</source>
            <translation>可用 pip install "palimpsest[llama]" 安装；安装时会在这台电脑上编译，需要五到十分钟。</translation>
        </message>
        <message>
            <source>llama-cpp-python {0} is installed and Palimpsest knows {1} up to {2}: {3}</source>
            <translation>已安装的是 llama-cpp-python {0}，而 Palimpsest 只认识 {1} 至 {2} 之前的版本：{3}</translation>
        </message>
        <message>
            <source>llama.cpp is not installed: {0}</source>
            <translation>未安装 llama.cpp：{0}</translation>
        </message>
        <message>
            <source>llama.cpp is installed and does not load ({0}): {1}</source>
            <translation>已安装 llama.cpp，但无法载入（{0}）：{1}</translation>
        </message>
        <message>
            <source>This model is not loaded in llama.cpp any more; try again.</source>
            <translation>llama.cpp 中已没有载入此模型；请再试一次。</translation>
        </message>
        <message>
            <source>llama.cpp cannot load {0}; what it says of it is in the log.</source>
            <translation>llama.cpp 无法载入 {0}；它给出的说明见日志。</translation>
        </message>
        <message>
            <source>The text needs {0} tokens and this model holds {1}. Use fewer passages or a shorter answer.</source>
            <translation>文本需要 {0} 个词元，而此模型只容纳 {1} 个。请减少段落或缩短回答。</translation>
        </message>
        <message>
            <source>llama.cpp could not read {0} tokens behind {1} ({2}): its working memory did not fit. Use fewer passages or a smaller model.</source>
            <translation>llama.cpp 无法在 {1} 个词元之后再读 {0} 个（{2}）：工作内存不够。请减少段落或换用小一些的模型。</translation>
        </message>
        <message>
            <source>llama.cpp did not give its state away; what it says of it is in the log.</source>
            <translation>llama.cpp 没有交出它的状态；它给出的说明见日志。</translation>
        </message>
        <message>
            <source>A prompt state of {0} tokens does not fit behind {1} in llama.cpp.</source>
            <translation>在 llama.cpp 中，{1} 个词元之后放不下 {0} 个词元的提示状态。</translation>
        </message>
        <message>
            <source>llama.cpp cannot load this document's adapter; what it says of it is in the log.</source>
            <translation>llama.cpp 无法载入这份文档的适配器；它给出的说明见日志。</translation>
        </message>
        <message>
            <source>llama.cpp needs {0} GB for a text of {1} tokens and did not get them. Use fewer passages or a smaller model.</source>
            <translation>llama.cpp 处理 {1} 个词元的文本需要 {0} GB 内存，但没有得到。请减少段落或换用小一些的模型。</translation>
        </message>
        <message>
            <source>This version of llama.cpp keeps its states in a way that Palimpsest does not know.</source>
            <translation>Palimpsest 不认识这个版本的 llama.cpp 保存状态的方式。</translation>
        </message>
        <message>
            <source>llama.cpp did not take a prompt state; what it says of it is in the log.</source>
            <translation>llama.cpp 没有接受一份提示状态；它给出的说明见日志。</translation>
        </message>
        <message>
            <source>How models of type “{0}” rotate their keys is not known, so that no memory goes into llama.cpp; known are {1}.</source>
            <translation>不清楚“{0}”类模型怎样旋转键，因此记忆不会交给 llama.cpp；已知的有 {1}。</translation>
        </message>
        <message>
            <source>A prompt state of llama.cpp is not used: {0}.</source>
            <translation>未使用 llama.cpp 的一份提示状态：{0}。</translation>
        </message>
        <message>
            <source>it is laid out in another way</source>
            <translation>布局不同</translation>
        </message>
        <message>
            <source>it is of an unknown kind</source>
            <translation>类型未知</translation>
        </message>
        <message>
            <source>it is of another sequence</source>
            <translation>属于另一个序列</translation>
        </message>
        <message>
            <source>it goes on behind its end</source>
            <translation>结尾之后还有内容</translation>
        </message>
        <message>
            <source>it has another number of streams</source>
            <translation>流的数量不同</translation>
        </message>
        <message>
            <source>its values are laid out in another way</source>
            <translation>值的布局不同</translation>
        </message>
        <message>
            <source>it has another number of layers</source>
            <translation>层数不同</translation>
        </message>
        <message>
            <source>its cells say more than their position</source>
            <translation>单元中除位置外还有别的内容</translation>
        </message>
        <message>
            <source>it has no sound positions</source>
            <translation>位置不正确</translation>
        </message>
        <message>
            <source>its layers hold different positions</source>
            <translation>各层的位置不一致</translation>
        </message>
        <message>
            <source>its keys are of another type</source>
            <translation>键的类型不同</translation>
        </message>
        <message>
            <source>its keys are of another width</source>
            <translation>键的宽度不同</translation>
        </message>
        <message>
            <source>its values are of another type</source>
            <translation>值的类型不同</translation>
        </message>
        <message>
            <source>its values are of another width</source>
            <translation>值的宽度不同</translation>
        </message>
        <message>
            <source>{0} has no weights that llama.cpp could run.</source>
            <translation>{0} 没有 llama.cpp 能运行的权重。</translation>
        </message>
        <message>
            <source>{0} in llama.cpp</source>
            <translation>llama.cpp 中的 {0}</translation>
        </message>
        <message>
            <source>{0} Questions are answered all the same: llama.cpp does that alone.</source>
            <translation>{0}提问照常可用：由 llama.cpp 单独回答。</translation>
        </message>
        <message>
            <source>The training so far cannot be read any more; train anew.</source>
            <translation>之前的训练已无法读取；请重新训练。</translation>
        </message>
        <message>
            <source>There is no question to compare the answers to.</source>
            <translation>没有可用来比较回答的问题。</translation>
        </message>
        <message>
            <source>This gist is not there any more; compress its prompt again.</source>
            <translation>这份要旨已不存在；请重新压缩它的提示。</translation>
        </message>
        <message>
            <source>This gist was made with another model than {0}, or cannot be read any more.</source>
            <translation>这份要旨不是用 {0} 生成的，或者已无法读取。</translation>
        </message>
        <message>
            <source>{0} keeps no prompts; choose a model that PyTorch runs.</source>
            <translation>{0} 不能保存提示；请选择由 PyTorch 运行的模型。</translation>
        </message>
        <message>
            <source>“{0}” holds no text to compress.</source>
            <translation>“{0}”没有可压缩的文字。</translation>
        </message>
        <message>
            <source>A gist is refined in 0 or more steps, not in {0}.</source>
            <translation>优化要旨的步数不能小于 0，{0} 不行。</translation>
        </message>
        <message>
            <source>At least 1 token must be kept of a prompt, not {0}.</source>
            <translation>提示至少要保留 1 个词元，而不是 {0} 个。</translation>
        </message>
        <message>
            <source>A prompt can be compressed into {0} gist tokens, not into {1}.</source>
            <translation>提示可以压缩成 {0} 个要旨词元，而不是 {1} 个。</translation>
        </message>
        <message>
            <source>{0} has no gist encoder yet; train one, or keep the prompt exactly.</source>
            <translation>{0} 还没有要旨编码器；请训练一个，或原样保存提示。</translation>
        </message>
        <message>
            <source>“{0}” is {1} tokens long, and before a question and its answer this model holds {2} of it. Compress only its beginning.</source>
            <translation>“{0}”有 {1} 个词元，除去问题和回答，此模型只容纳其中 {2} 个。请只压缩开头。</translation>
        </message>
        <message>
            <source>“{0}” is only {1} tokens long, too short for a gist; keep it exactly.</source>
            <translation>“{0}”只有 {1} 个词元，太短，不适合存为要旨；请原样保存。</translation>
        </message>
        <message>
            <source>{0} cannot compress prompts; choose a model that PyTorch runs.</source>
            <translation>{0} 不能压缩提示；请选择由 PyTorch 运行的模型。</translation>
        </message>
        <message>
            <source>This model's gist encoder is not on the disk any more; train it again.</source>
            <translation>此模型的要旨编码器已不在磁盘上；请重新训练。</translation>
        </message>
        <message>
            <source>This model's gist encoder is damaged; train it again.</source>
            <translation>此模型的要旨编码器已损坏；请重新训练。</translation>
        </message>
        <message>
            <source>This gist encoder was trained for {0}, another model than {1}; train one for this model.</source>
            <translation>这个要旨编码器是为 {0} 训练的，与 {1} 不是同一个模型；请为此模型训练一个。</translation>
        </message>
        <message>
            <source>The files hold too few prompts of a fitting length to train on.</source>
            <translation>文件中长度合适、可用于训练的提示太少。</translation>
        </message>
        <message>
            <source>{0} holds no prompts that can be trained on: JSON lines with prompt and completion are needed, or a JSON list with instruction, input and output.</source>
            <translation>{0} 中没有可用于训练的提示：需要含 prompt 和 completion 的 JSON Lines，或含 instruction、input 和 output 的 JSON 列表。</translation>
        </message>
        <message>
            <source>{0} is larger than {1} MB; split it.</source>
            <translation>{0} 大于 {1} MB；请拆分。</translation>
        </message>
        <message>
            <source>{0} cannot be read as UTF-8 text.</source>
            <translation>{0} 无法作为 UTF-8 文本读取。</translation>
        </message>
        <message>
            <source>Prompt, gist and continuation are more than the {0} tokens this model holds.</source>
            <translation>提示、要旨和续文超过了此模型容纳的 {0} 个词元。</translation>
        </message>
        <message>
            <source>Prompts of at least 48 tokens and continuations of at least 16 are needed.</source>
            <translation>提示至少要有 48 个词元，续文至少 16 个。</translation>
        </message>
        <message>
            <source>A rank of 1-256, a learning rate between 0 and 1 and at least one step can be used.</source>
            <translation>可用的秩为 1-256，学习率在 0 与 1 之间，至少 1 步。</translation>
        </message>
        <message>
            <source>{0} cannot be trained with; choose a model that PyTorch runs.</source>
            <translation>{0} 不能用于训练；请选择由 PyTorch 运行的模型。</translation>
        </message>
        <message>
            <source>What is trained further keeps its rank of {0} and its segments of {1} tokens.</source>
            <translation>继续训练时，秩仍为 {0}，每个分段仍为 {1} 个词元。</translation>
        </message>
        <message>
            <source>{0} cannot make segment memory; choose a model that PyTorch runs.</source>
            <translation>{0} 不能生成分段记忆；请选择由 PyTorch 运行的模型。</translation>
        </message>
        <message>
            <source>This segment compressor was trained for {0}, another model than {1}; train one for this model.</source>
            <translation>这个分段压缩器是为 {0} 训练的，与 {1} 不是同一个模型；请为此模型训练一个。</translation>
        </message>
        <message>
            <source>This model's segment compressor is not on the disk any more; train it again.</source>
            <translation>此模型的分段压缩器已不在磁盘上；请重新训练。</translation>
        </message>
        <message>
            <source>This model's segment compressor is damaged; train it again.</source>
            <translation>此模型的分段压缩器已损坏；请重新训练。</translation>
        </message>
        <message>
            <source>The layers of a {0} cannot keep segment memory.</source>
            <translation>{0} 的层无法保存分段记忆。</translation>
        </message>
        <message>
            <source>This segment compressor knows no ratio of {0} to 1.</source>
            <translation>这个分段压缩器没有 {0} 比 1 的压缩比。</translation>
        </message>
        <message>
            <source>“{0}” is {1} tokens long, less than the {2} of one segment; it is read as it is.</source>
            <translation>“{0}”只有 {1} 个词元，不足一个分段的 {2} 个；按原样阅读即可。</translation>
        </message>
        <message>
            <source>The segment memory of “{0}” takes {1} and kept prompts have room for {2}. Give them more room in the settings, compress the text more, or take only its beginning.</source>
            <translation>“{0}”的分段记忆需要 {1}，而留给提示的空间只有 {2}。请在设置中增加空间、提高压缩比，或只取开头。</translation>
        </message>
        <message>
            <source>The segment memory of “{0}” cannot be kept: the disk is full, the room for kept prompts is too small, or what was kept of it was deleted.</source>
            <translation>“{0}”的分段记忆无法保存：磁盘已满、留给提示的空间太小，或已保存的部分被删除了。</translation>
        </message>
        <message>
            <source>Encoding {0} segments did not fit into the {1} GB of memory that are free. Use a smaller model.</source>
            <translation>为 {0} 个分段编码，剩余的 {1} GB 内存放不下。请换用小一些的模型。</translation>
        </message>
        <message>
            <source>The books are too short to take {0} tokens in a row from them.</source>
            <translation>这些书太短，取不出连续的 {0} 个词元。</translation>
        </message>
        <message>
            <source>Plain-text books of at least two authors are needed: some to train on, and one author’s to measure the training by.</source>
            <translation>至少需要两位作者的纯文本书籍：一部分用来训练，另有一位作者的用来测试训练效果。</translation>
        </message>
        <message>
            <source>{0} memory slots leave no room for a question: this model holds {1} tokens.</source>
            <translation>{0} 个记忆槽没有给问题留下空间：此模型只容纳 {1} 个词元。</translation>
        </message>
        <message>
            <source>These segments do not belong together.</source>
            <translation>这些分段不属于同一份记忆。</translation>
        </message>
        <message>
            <source>{0} memory slots and a window of {1} tokens need a context of {2}; this model holds {3}. Choose fewer of either.</source>
            <translation>{0} 个记忆槽加 {1} 个词元的窗口需要 {2} 个词元的上下文，而此模型只容纳 {3} 个。请减少其中一项。</translation>
        </message>
        <message>
            <source>A segment is a multiple of {0} tokens, at most {1}; not {2}.</source>
            <translation>一个分段的词元数须是 {0} 的倍数，最多 {1} 个；不能是 {2} 个。</translation>
        </message>
        <message>
            <source>A sample has from 3 to {0} segments: with {1} tokens each, more do not go into the {2} tokens this model holds; not {3}.</source>
            <translation>一个样本须有 3 到 {0} 个分段：每段 {1} 个词元，再多就放不进此模型的 {2} 个词元；不能是 {3} 个。</translation>
        </message>
        <message>
            <source>The memory of segment {0} is not in its file any more.</source>
            <translation>第 {0} 个分段的记忆已不在文件中。</translation>
        </message>
        <message>
            <source>The memory of segment {0} cannot be written: {1}.</source>
            <translation>第 {0} 个分段的记忆无法写入：{1}。</translation>
        </message>
        <message>
            <source>The GGUF file of {0} ({1}) was moved or changed; add it again for llama.cpp to use it.</source>
            <translation>{0} 的 GGUF 文件（{1}）被移动或改动过；重新添加后 llama.cpp 才能使用。</translation>
        </message>
        <message>
            <source>llama.cpp runs GGUF files, and {0} has none here; add the model's GGUF file.</source>
            <translation>llama.cpp 运行的是 GGUF 文件，而 {0} 在这里没有；请添加此模型的 GGUF 文件。</translation>
        </message>
        <message>
            <source>The engine stopped unexpectedly and starts again; please ask once more. What was under way in the background goes on from where it was last kept.</source>
            <translation>引擎意外停止，正在重新启动；请再问一次。后台的工作会从上次保存的地方继续。</translation>
        </message>
        <message>
            <source>With your standing instructions prompt and answer need {0} tokens and this model holds {1}. Shorten the instructions.</source>
            <translation>加上您的常驻指令，提示和回答需要 {0} 个词元，而此模型只容纳 {1} 个。请缩短指令。</translation>
        </message>
        <message>
            <source>A {0} does not rotate its keys by position; segment memory needs that.</source>
            <translation>{0} 不按位置旋转键，而分段记忆需要这一点。</translation>
        </message>
        <message>
            <source>“{0}” stretches its positions in a way that Palimpsest does not know.</source>
            <translation>“{0}”拉伸位置的方式是 Palimpsest 不认识的。</translation>
        </message>
        <message>
            <source>“{0}” stretches its positions by “{1}”, which Palimpsest does not know.</source>
            <translation>“{0}”用“{1}”拉伸位置，而 Palimpsest 不认识这种方式。</translation>
        </message>
        <message>
            <source>This model's weights are damaged: what it computes are no numbers. Remove it and add it again.</source>
            <translation>此模型的权重已损坏：计算结果不是数字。请移除后重新添加。</translation>
        </message>
        <message>
            <source>This segment memory was made with another model.</source>
            <translation>这份分段记忆是用另一个模型生成的。</translation>
        </message>
        <message>
            <source>A segment of this memory is not kept any more.</source>
            <translation>这份记忆中有一个分段已不再保存。</translation>
        </message>
        <message>
            <source>The library is closed.</source>
            <translation>书库已关闭。</translation>
        </message>
        <message>
            <source>No document is called “{0}”; the library is empty.</source>
            <translation>没有名为“{0}”的文档；书库是空的。</translation>
        </message>
        <message>
            <source>This file is in the library already, as “{0}” ({1}).</source>
            <translation>这个文件已在书库中：《{0}》（{1}）。</translation>
        </message>
        <message>
            <source>There is no document {0} in the library; it may have been forgotten.</source>
            <translation>书库中没有文档 {0}；可能已被忘掉。</translation>
        </message>
        <message>
            <source>Please name a document by its id or title.</source>
            <translation>请用编号或书名指明一份文档。</translation>
        </message>
        <message>
            <source>No removed document is called “{0}”; removed are {1}.</source>
            <translation>移出的文档中没有“{0}”；已移出的有 {1}。</translation>
        </message>
        <message>
            <source>No removed document is called “{0}”; nothing was removed.</source>
            <translation>移出的文档中没有“{0}”；没有移出过任何文档。</translation>
        </message>
        <message>
            <source>No document is called “{0}”; the library holds {1}.</source>
            <translation>没有名为“{0}”的文档；书库中有 {1}。</translation>
        </message>
        <message>
            <source>This document holds no text.</source>
            <translation>这份文档没有文字。</translation>
        </message>
        <message>
            <source>“{0}” holds characters that are not valid Unicode.</source>
            <translation>“{0}”含有无效的 Unicode 字符。</translation>
        </message>
        <message>
            <source>A document needs a title.</source>
            <translation>文档需要书名。</translation>
        </message>
        <message>
            <source>“{0}” may mean {1}; please give the id.</source>
            <translation>“{0}”可能指 {1}；请给出编号。</translation>
        </message>
        <message>
            <source>{0} cannot be removed ({1}); the document is still in the library. Close the program that uses the file and try again.</source>
            <translation>{0} 无法删除（{1}）；文档仍在书库中。请关闭正在使用该文件的程序后再试。</translation>
        </message>
        <message>
            <source>{0}: could not be read</source>
            <translation>{0}：无法读取</translation>
        </message>
        <message>
            <source>{0}-wal: could not be emptied while another program reads</source>
            <translation>{0}-wal：另一个程序正在读取，无法清空</translation>
        </message>
        <message>
            <source>Another Palimpsest (process {0}) is working on “{1}”; stop that job first, then forget the document.</source>
            <translation>另一个 Palimpsest（进程 {0}）正在处理《{1}》；请先停止那项任务，再忘掉这份文档。</translation>
        </message>
        <message>
            <source>{0}: could not be rewritten while another program writes</source>
            <translation>{0}：另一个程序正在写入，无法重写</translation>
        </message>
        <message>
            <source>That memory is not in the library; it may have been forgotten.</source>
            <translation>那份记忆不在书库中；可能已被忘掉。</translation>
        </message>
        <message>
            <source>This library was made by a newer version of Palimpsest (its format is {0}, this version knows {1}); nothing was changed. Please install the newer version.</source>
            <translation>这个书库由更新版本的 Palimpsest 创建（其格式为 {0}，此版本只认识 {1}）；没有做任何改动。请安装更新的版本。</translation>
        </message>
        <message>
            <source>This file is a database of another program, not a Palimpsest library; nothing was changed.</source>
            <translation>这个文件是其他程序的数据库，不是 Palimpsest 书库；没有做任何改动。</translation>
        </message>
        <message>
            <source>There is a model called “{0}” already; remove it first or give another name.</source>
            <translation>已有名为“{0}”的模型；请先移除它，或换一个名称。</translation>
        </message>
        <message>
            <source>There is no model called “{0}”.</source>
            <translation>没有名为“{0}”的模型。</translation>
        </message>
        <message>
            <source>“{0}” changed while it was read; import it again.</source>
            <translation>“{0}”在读取期间发生了变化；请重新加入。</translation>
        </message>
        <message>
            <source>The original pages of “{0}” cannot be kept: {1}. Free some space, or switch off keeping originals in the settings.</source>
            <translation>无法保留“{0}”的原页：{1}。请腾出一些空间，或在设置中关闭保留原文件。</translation>
        </message>
        <message>
            <source>Palimpsest is closing, or the document was closed.</source>
            <translation>Palimpsest 正在退出，或文档已关闭。</translation>
        </message>
        <message>
            <source>This page of “{0}” could not be drawn; it may be damaged. Its text is not affected.</source>
            <translation>“{0}”的这一页无法绘制；可能已损坏。正文不受影响。</translation>
        </message>
        <message>
            <source>Page {0} of “{1}” is damaged and cannot be shown.</source>
            <translation>“{1}”的第 {0} 页已损坏，无法显示。</translation>
        </message>
        <message>
            <source>“{0}” cannot be opened as a PDF any more.</source>
            <translation>“{0}”已无法作为 PDF 打开。</translation>
        </message>
        <message>
            <source>A newer page was asked for.</source>
            <translation>已改为请求更新的页面。</translation>
        </message>
        <message>
            <source>This picture is not in the library any more; its document may have been forgotten.</source>
            <translation>这张图片已不在书库中；它所属的文档可能已被忘掉。</translation>
        </message>
        <message>
            <source>The room for kept prompts is too small for this segment memory.</source>
            <translation>留给提示的空间太小，放不下这份分段记忆。</translation>
        </message>
        <message>
            <source>This prompt is not kept any more; it may have made room for newer ones.</source>
            <translation>这个提示已不再保存；可能已为较新的提示腾出空间。</translation>
        </message>
        <message>
            <source>“{0}” is kept exactly and used whenever it fits; only a gist, a segment memory or a document's text is put to use.</source>
            <translation>“{0}”是原样保存的，合适时总会用到；只有要旨、分段记忆或文档的正文才需要启用。</translation>
        </message>
        <message>
            <source>The prompt caches {0} cannot be moved: {1}.</source>
            <translation>提示缓存 {0} 无法移动：{1}。</translation>
        </message>
        <message>
            <source>This kept prompt is damaged; delete it, and it is read again.</source>
            <translation>这个保存的提示已损坏；请删除它，之后会重新读取。</translation>
        </message>
        <message>
            <source>The folder {0} cannot hold prompt caches: {1}.</source>
            <translation>文件夹 {0} 无法存放提示缓存：{1}。</translation>
        </message>
        <message>
            <source>The prompt caches are closed.</source>
            <translation>提示缓存已关闭。</translation>
        </message>
        <message>
            <source>The prompt caches were kept by another version of Palimpsest; they are begun anew.</source>
            <translation>提示缓存是由其他版本的 Palimpsest 保存的；已重新开始。</translation>
        </message>
        <message>
            <source>The prompt caches are in use by another program; try again in a moment.</source>
            <translation>提示缓存正被另一个程序使用；请稍后再试。</translation>
        </message>
        <message>
            <source>The disk is full, so the prompt caches stay as they were; free some space and try again.</source>
            <translation>磁盘已满，提示缓存保持原样；请腾出一些空间后再试。</translation>
        </message>
        <message>
            <source>The prompt caches were damaged and are begun anew; everything else is as it was.</source>
            <translation>提示缓存已损坏，已重新开始；其他内容保持原样。</translation>
        </message>
        <message>
            <source>The prompt caches {0} cannot be opened; check that the folder may be read and written.</source>
            <translation>提示缓存 {0} 无法打开；请确认文件夹可以读写。</translation>
        </message>
        <message>
            <source>The prompt caches {0} may not be written; check the permissions of the file.</source>
            <translation>提示缓存 {0} 不可写；请检查文件的权限。</translation>
        </message>
        <message>
            <source>The prompt caches {0} cannot be read or written; check the disk and try again.</source>
            <translation>提示缓存 {0} 无法读写；请检查磁盘后再试。</translation>
        </message>
        <message>
            <source>“{0}” is an archive of {1} files; a book has at most {2}.</source>
            <translation>“{0}”是含有 {1} 个文件的压缩包；一本书最多 {2} 个。</translation>
        </message>
        <message>
            <source>“{0}” claims to unpack to {1} MiB in one part and was not opened; a book does not do that, so do not trust this file.</source>
            <translation>“{0}”声称其中一部分解压后有 {1} MiB，因此没有打开；正常的书不会这样，请勿信任这个文件。</translation>
        </message>
        <message>
            <source>“{0}” unpacks to more than {1} MiB of text and was given up.</source>
            <translation>“{0}”解压后的文字超过 {1} MiB，已放弃读取。</translation>
        </message>
        <message>
            <source>“{0}” is damaged: its archive cannot be opened. Get a fresh copy and try again.</source>
            <translation>“{0}”已损坏：压缩包无法打开。请重新获取一份后再试。</translation>
        </message>
        <message>
            <source>“{0}” holds more than {1} million characters; split it and try again.</source>
            <translation>“{0}”超过 {1} 百万字；请拆分后再试。</translation>
        </message>
        <message>
            <source>“{0}” holds only pictures and no text.</source>
            <translation>“{0}”只有图片，没有文字。</translation>
        </message>
        <message>
            <source>“{0}” holds no text.</source>
            <translation>“{0}”没有文字。</translation>
        </message>
        <message>
            <source>“{0}” is a JSON file, but neither a ChatGPT export nor a SillyTavern chat.</source>
            <translation>“{0}”是 JSON 文件，但既不是 ChatGPT 导出文件，也不是 SillyTavern 聊天记录。</translation>
        </message>
        <message>
            <source>A part of the export is damaged and was left out.</source>
            <translation>导出文件有一部分已损坏，已略去。</translation>
        </message>
        <message>
            <source>“{0}” lists more parts than a document has and was not opened.</source>
            <translation>“{0}”列出的部分多得不像文档，没有打开。</translation>
        </message>
        <message>
            <source>“{0}” is damaged and cannot be read as a Word document; open it in Word or LibreOffice and save it again.</source>
            <translation>“{0}”已损坏，无法作为 Word 文档读取；请在 Word 或 LibreOffice 中打开并重新保存。</translation>
        </message>
        <message>
            <source>“{0}” declares XML entities, which no Word document does, and was not opened.</source>
            <translation>“{0}”声明了 XML 实体，Word 文档不会这样，因此没有打开。</translation>
        </message>
        <message>
            <source>“{0}” is damaged: a part of it cannot be unpacked. Get a fresh copy and try again.</source>
            <translation>“{0}”已损坏：有一部分无法解压。请重新获取一份后再试。</translation>
        </message>
        <message>
            <source>The book's own list of its parts is missing or damaged; its pages were read in the order of their names.</source>
            <translation>书中自带的内容清单缺失或损坏；各页按文件名顺序读取。</translation>
        </message>
        <message>
            <source>The book's container is not quite as the EPUB standard wants it.</source>
            <translation>书的容器不完全符合 EPUB 标准。</translation>
        </message>
        <message>
            <source>“{0}” is damaged: it lists no pages. Get a fresh copy and try again.</source>
            <translation>“{0}”已损坏：没有列出任何页面。请重新获取一份后再试。</translation>
        </message>
        <message>
            <source>“{0}” is protected by a password; save a copy without one and import that.</source>
            <translation>“{0}”有密码保护；请另存一份无密码的副本再加入。</translation>
        </message>
        <message>
            <source>The list of encrypted parts is damaged; the book was read as if nothing were encrypted.</source>
            <translation>加密部分的清单已损坏；已按没有加密读取。</translation>
        </message>
        <message>
            <source>One part that the book lists is missing or damaged.</source>
            <translation>书中列出的 1 个部分缺失或损坏。</translation>
        </message>
        <message>
            <source>{0} parts that the book lists are missing or damaged.</source>
            <translation>书中列出的 {0} 个部分缺失或损坏。</translation>
        </message>
        <message>
            <source>“{0}” is protected against copying (DRM) and cannot be read; get an edition without protection.</source>
            <translation>“{0}”有防拷贝保护（DRM），无法读取；请使用没有保护的版本。</translation>
        </message>
        <message>
            <source>“{0}” is damaged: its XML cannot be read. Get a fresh copy and try again.</source>
            <translation>“{0}”已损坏：无法读取其中的 XML。请重新获取一份后再试。</translation>
        </message>
        <message>
            <source>The file's XML is damaged; what could be recovered of it was read.</source>
            <translation>文件的 XML 已损坏；已读取能恢复的部分。</translation>
        </message>
        <message>
            <source>“{0}” is damaged: the book in its archive cannot be unpacked.</source>
            <translation>“{0}”已损坏：压缩包中的书无法解压。</translation>
        </message>
        <message>
            <source>The Project Gutenberg header, footer and licence were left out.</source>
            <translation>已略去 Project Gutenberg 的页眉、页脚和许可证。</translation>
        </message>
        <message>
            <source>“{0}” is nested too deeply to be read; open it in a browser and save it as plain text.</source>
            <translation>“{0}”嵌套太深，无法读取；请在浏览器中打开并另存为纯文本。</translation>
        </message>
        <message>
            <source>{0} tool message was left out.</source>
            <translation>已略去 {0} 条工具消息。</translation>
        </message>
        <message>
            <source>{0} tool messages were left out.</source>
            <translation>已略去 {0} 条工具消息。</translation>
        </message>
        <message>
            <source>{0} tool call was left out.</source>
            <translation>已略去 {0} 次工具调用。</translation>
        </message>
        <message>
            <source>{0} tool calls were left out.</source>
            <translation>已略去 {0} 次工具调用。</translation>
        </message>
        <message>
            <source>{0} system message was left out.</source>
            <translation>已略去 {0} 条系统消息。</translation>
        </message>
        <message>
            <source>{0} system messages were left out.</source>
            <translation>已略去 {0} 条系统消息。</translation>
        </message>
        <message>
            <source>{0} hidden message was left out.</source>
            <translation>已略去 {0} 条隐藏消息。</translation>
        </message>
        <message>
            <source>{0} hidden messages were left out.</source>
            <translation>已略去 {0} 条隐藏消息。</translation>
        </message>
        <message>
            <source>{0} message on another branch was left out.</source>
            <translation>已略去其他分支上的 {0} 条消息。</translation>
        </message>
        <message>
            <source>{0} messages on other branches were left out.</source>
            <translation>已略去其他分支上的 {0} 条消息。</translation>
        </message>
        <message>
            <source>{0} empty conversation was left out.</source>
            <translation>已略去 {0} 段空对话。</translation>
        </message>
        <message>
            <source>{0} empty conversations were left out.</source>
            <translation>已略去 {0} 段空对话。</translation>
        </message>
        <message>
            <source>{0} attachment was left out.</source>
            <translation>已略去 {0} 个附件。</translation>
        </message>
        <message>
            <source>{0} attachments were left out.</source>
            <translation>已略去 {0} 个附件。</translation>
        </message>
        <message>
            <source>{0} damaged line was left out.</source>
            <translation>已略去 {0} 行损坏的内容。</translation>
        </message>
        <message>
            <source>{0} damaged lines were left out.</source>
            <translation>已略去 {0} 行损坏的内容。</translation>
        </message>
        <message>
            <source>“{0}” is nested too deeply to be a chat export and was not read.</source>
            <translation>“{0}”嵌套太深，不像聊天记录，没有读取。</translation>
        </message>
        <message>
            <source>“{0}” is damaged: its JSON is not complete. Export the chats again.</source>
            <translation>“{0}”已损坏：JSON 不完整。请重新导出聊天记录。</translation>
        </message>
        <message>
            <source>“{0}” is {1} by its name but {2} by its content; if that is right, give it the ending .{3} and import it again.</source>
            <translation>“{0}”按名称是 {1}，按内容却是 {2}；如果没错，请把扩展名改为 .{3} 后重新加入。</translation>
        </message>
        <message>
            <source>By its name the file is {0}, by its content {1}; it was read as the latter.</source>
            <translation>文件按名称是 {0}，按内容是 {1}；已按后者读取。</translation>
        </message>
        <message>
            <source>“{0}” is a folder; import the files in it.</source>
            <translation>“{0}”是文件夹；请加入其中的文件。</translation>
        </message>
        <message>
            <source>“{0}” is not there, or is no ordinary file.</source>
            <translation>“{0}”不存在，或不是普通文件。</translation>
        </message>
        <message>
            <source>“{0}” is larger than {1} MiB; split it and try again.</source>
            <translation>“{0}”大于 {1} MiB；请拆分后再试。</translation>
        </message>
        <message>
            <source>“{0}” may not be read; check its permissions.</source>
            <translation>“{0}”不允许读取；请检查权限。</translation>
        </message>
        <message>
            <source>“{0}” is not there any more.</source>
            <translation>“{0}”已不存在。</translation>
        </message>
        <message>
            <source>“{0}” is nested too deeply to be read.</source>
            <translation>“{0}”嵌套太深，无法读取。</translation>
        </message>
        <message>
            <source>“{0}” cannot be read: {1}.</source>
            <translation>“{0}”无法读取：{1}。</translation>
        </message>
        <message>
            <source>the disk reports an error</source>
            <translation>磁盘报告错误</translation>
        </message>
        <message>
            <source>{0} of {1} pages are pictures without text and were left out; text recognition (OCR) would read them.</source>
            <translation>{1} 页中有 {0} 页是没有文字的图片，已略去；经文字识别（OCR）后可以读取。</translation>
        </message>
        <message>
            <source>{0} of {1} pages are damaged and were left out.</source>
            <translation>{1} 页中有 {0} 页已损坏，已略去。</translation>
        </message>
        <message>
            <source>“{0}” holds no pages.</source>
            <translation>“{0}”没有页面。</translation>
        </message>
        <message>
            <source>{0} running heads and page numbers were left out.</source>
            <translation>已略去 {0} 处页眉和页码。</translation>
        </message>
        <message>
            <source>“{0}” has {1} pages, more than the {2} that can be read; split it and try again.</source>
            <translation>“{0}”有 {1} 页，超过可读取的 {2} 页；请拆分后再试。</translation>
        </message>
        <message>
            <source>“{0}” holds only pictures of pages and no text; run it through text recognition (OCR) first.</source>
            <translation>“{0}”只有页面图片，没有文字；请先做文字识别（OCR）。</translation>
        </message>
        <message>
            <source>“{0}” is damaged and cannot be opened as a PDF. Get a fresh copy and try again.</source>
            <translation>“{0}”已损坏，无法作为 PDF 打开。请重新获取一份后再试。</translation>
        </message>
        <message>
            <source>“{0}” is protected by an encryption that cannot be opened; save a copy without it.</source>
            <translation>“{0}”的加密方式无法打开；请另存一份未加密的副本。</translation>
        </message>
        <message>
            <source>{0} pictures are neither PNG, JPEG, GIF nor WebP and were left out.</source>
            <translation>{0} 张图片不是 PNG、JPEG、GIF 或 WebP 格式，已略去。</translation>
        </message>
        <message>
            <source>{0} pictures are damaged or missing and were left out.</source>
            <translation>{0} 张图片损坏或缺失，已略去。</translation>
        </message>
        <message>
            <source>{0} pictures are larger than {1} MiB or {2} megapixels and were left out.</source>
            <translation>{0} 张图片大于 {1} MiB 或 {2} 百万像素，已略去。</translation>
        </message>
        <message>
            <source>{0} pictures were left out, because the document holds more than can be kept.</source>
            <translation>文档中的图片超过可保留的数量，已略去 {0} 张。</translation>
        </message>
        <message>
            <source>{0} pictures are not in the file itself and were left out.</source>
            <translation>{0} 张图片不在文件之内，已略去。</translation>
        </message>
        <message>
            <source>One picture is neither PNG, JPEG, GIF nor WebP and was left out.</source>
            <translation>1 张图片不是 PNG、JPEG、GIF 或 WebP 格式，已略去。</translation>
        </message>
        <message>
            <source>One picture is damaged or missing and was left out.</source>
            <translation>1 张图片损坏或缺失，已略去。</translation>
        </message>
        <message>
            <source>One picture is larger than {0} MiB or {1} megapixels and was left out.</source>
            <translation>1 张图片大于 {0} MiB 或 {1} 百万像素，已略去。</translation>
        </message>
        <message>
            <source>One picture was left out, because the document holds more than can be kept.</source>
            <translation>文档中的图片超过可保留的数量，已略去 1 张。</translation>
        </message>
        <message>
            <source>One picture is not in the file itself and was left out.</source>
            <translation>1 张图片不在文件之内，已略去。</translation>
        </message>
        <message>
            <source>“{0}” needs more than {1} MB of memory to read and was given up; split it and try again.</source>
            <translation>读取“{0}”需要超过 {1} MB 内存，已放弃；请拆分后再试。</translation>
        </message>
        <message>
            <source>“{0}” could not be read: its reader broke down on it. The file may be damaged; convert it to another format.</source>
            <translation>“{0}”无法读取：阅读程序出错。文件可能已损坏；请转换为其他格式。</translation>
        </message>
        <message>
            <source>“{0}” took too long to read and was given up; it may be damaged. Convert it to another format.</source>
            <translation>读取“{0}”用时太久，已放弃；文件可能已损坏。请转换为其他格式。</translation>
        </message>
        <message>
            <source>“{0}” could not be read: its reader gave no sensible answer. The file may be damaged.</source>
            <translation>“{0}”无法读取：阅读程序没有给出合理的结果。文件可能已损坏。</translation>
        </message>
        <message>
            <source>Reading “{0}” was stopped.</source>
            <translation>已停止读取“{0}”。</translation>
        </message>
        <message>
            <source>“{0}” took longer than {1} s to read and was given up; it may be damaged. Convert it to another format.</source>
            <translation>读取“{0}”超过 {1} 秒，已放弃；文件可能已损坏。请转换为其他格式。</translation>
        </message>
        <message>
            <source>“{0}” could not be read: its reader did not start.</source>
            <translation>“{0}”无法读取：阅读程序没有启动。</translation>
        </message>
        <message>
            <source>Palimpsest reads EPUB, PDF, DOCX, HTML, FB2, Markdown, plain text, ChatGPT exports and SillyTavern chats.</source>
            <translation>Palimpsest 可读取 EPUB、PDF、DOCX、HTML、FB2、Markdown、纯文本、ChatGPT 导出文件和 SillyTavern 聊天记录。</translation>
        </message>
        <message>
            <source>“{0}” is a zip archive without a book or chat export in it; unpack it and import the files in it.</source>
            <translation>“{0}”是 zip 压缩包，其中没有书或聊天记录；请解压后加入其中的文件。</translation>
        </message>
        <message>
            <source>“{0}” is an old Office document (DOC, XLS, PPT); save it as DOCX and import that.</source>
            <translation>“{0}”是旧版 Office 文档（DOC、XLS、PPT）；请另存为 DOCX 再加入。</translation>
        </message>
        <message>
            <source>“{0}” is a Rich Text (RTF) document; save it as DOCX, HTML or plain text and import that.</source>
            <translation>“{0}”是富文本（RTF）文档；请另存为 DOCX、HTML 或纯文本再加入。</translation>
        </message>
        <message>
            <source>“{0}” is a DjVu book, pictures of pages; convert it to text or a searchable PDF and import that.</source>
            <translation>“{0}”是 DjVu 书籍，内容为页面图片；请转换为文本或可搜索的 PDF 再加入。</translation>
        </message>
        <message>
            <source>“{0}” is a Microsoft Reader (LIT) book; convert it to EPUB, with calibre for one, and import that.</source>
            <translation>“{0}”是 Microsoft Reader（LIT）书籍；请转换为 EPUB（例如用 calibre）再加入。</translation>
        </message>
        <message>
            <source>“{0}” is a Windows help (CHM) file; convert it to EPUB or HTML and import that.</source>
            <translation>“{0}”是 Windows 帮助（CHM）文件；请转换为 EPUB 或 HTML 再加入。</translation>
        </message>
        <message>
            <source>“{0}” is a PostScript file; convert it to PDF and import that.</source>
            <translation>“{0}”是 PostScript 文件；请转换为 PDF 再加入。</translation>
        </message>
        <message>
            <source>“{0}” is a database, not a text.</source>
            <translation>“{0}”是数据库，不是文本。</translation>
        </message>
        <message>
            <source>“{0}” is a RAR archive; unpack it and import the files in it.</source>
            <translation>“{0}”是 RAR 压缩包；请解压后加入其中的文件。</translation>
        </message>
        <message>
            <source>“{0}” is a 7-Zip archive; unpack it and import the files in it.</source>
            <translation>“{0}”是 7-Zip 压缩包；请解压后加入其中的文件。</translation>
        </message>
        <message>
            <source>“{0}” is a gzip archive; unpack it and import the files in it.</source>
            <translation>“{0}”是 gzip 压缩包；请解压后加入其中的文件。</translation>
        </message>
        <message>
            <source>“{0}” is a bzip2 archive; unpack it and import the files in it.</source>
            <translation>“{0}”是 bzip2 压缩包；请解压后加入其中的文件。</translation>
        </message>
        <message>
            <source>“{0}” is an xz archive; unpack it and import the files in it.</source>
            <translation>“{0}”是 xz 压缩包；请解压后加入其中的文件。</translation>
        </message>
        <message>
            <source>“{0}” is a zstd archive; unpack it and import the files in it.</source>
            <translation>“{0}”是 zstd 压缩包；请解压后加入其中的文件。</translation>
        </message>
        <message>
            <source>“{0}” is a picture; only text can be imported.</source>
            <translation>“{0}”是图片；只能加入文字。</translation>
        </message>
        <message>
            <source>“{0}” is a media file; only text can be imported.</source>
            <translation>“{0}”是媒体文件；只能加入文字。</translation>
        </message>
        <message>
            <source>“{0}” is a sound file; only text can be imported.</source>
            <translation>“{0}”是声音文件；只能加入文字。</translation>
        </message>
        <message>
            <source>“{0}” is a program, not a text.</source>
            <translation>“{0}”是程序，不是文本。</translation>
        </message>
        <message>
            <source>“{0}” is a language model; add it on the models page.</source>
            <translation>“{0}”是语言模型；请在模型页面添加。</translation>
        </message>
        <message>
            <source>“{0}” is an Office document protected by a password; save a copy without one and import that.</source>
            <translation>“{0}”是有密码保护的 Office 文档；请另存一份无密码的副本再加入。</translation>
        </message>
        <message>
            <source>“{0}” is an OpenDocument (ODT) file; save it as DOCX or HTML and import that.</source>
            <translation>“{0}”是 OpenDocument（ODT）文件；请另存为 DOCX 或 HTML 再加入。</translation>
        </message>
        <message>
            <source>“{0}” is a spreadsheet or a presentation; save its text and import that.</source>
            <translation>“{0}”是电子表格或演示文稿；请保存其中的文字再加入。</translation>
        </message>
        <message>
            <source>“{0}” is a comic book or an album (CBZ): pictures of pages, which hold no text to read.</source>
            <translation>“{0}”是漫画或画册（CBZ）：内容为页面图片，没有可读的文字。</translation>
        </message>
        <message>
            <source>“{0}” is an Android program, not a text.</source>
            <translation>“{0}”是 Android 程序，不是文本。</translation>
        </message>
        <message>
            <source>“{0}” is empty.</source>
            <translation>“{0}”是空的。</translation>
        </message>
        <message>
            <source>“{0}” is a Kindle (MOBI/AZW) book; convert it to EPUB, with calibre for one, and import that.</source>
            <translation>“{0}”是 Kindle（MOBI/AZW）书籍；请转换为 EPUB（例如用 calibre）再加入。</translation>
        </message>
        <message>
            <source>“{0}” is not a text, or of a kind that is not known here. {1}</source>
            <translation>“{0}”不是文本，或类型未知。{1}</translation>
        </message>
        <message>
            <source>“{0}” is an XML file of a kind that is not known here (&lt;{1}&gt;). {2}</source>
            <translation>“{0}”是类型未知的 XML 文件（&lt;{1}&gt;）。{2}</translation>
        </message>
        <message>
            <source>“{0}” is a character card, not a chat; it cannot be read as a document.</source>
            <translation>“{0}”是角色卡，不是聊天记录；不能作为文档读取。</translation>
        </message>
        <message>
            <source>“{0}” is a Claude export, which is not read yet; only ChatGPT exports and SillyTavern chats are.</source>
            <translation>“{0}”是 Claude 导出文件，暂不支持；目前只读取 ChatGPT 导出文件和 SillyTavern 聊天记录。</translation>
        </message>
        <message>
            <source>“{0}” is a Telegram export, which is not read yet; only ChatGPT exports and SillyTavern chats are.</source>
            <translation>“{0}”是 Telegram 导出文件，暂不支持；目前只读取 ChatGPT 导出文件和 SillyTavern 聊天记录。</translation>
        </message>
        <message>
            <source>“{0}” is larger than the {1} MiB a file of its kind may have; split it and try again.</source>
            <translation>“{0}”超过此类文件的上限 {1} MiB；请拆分后再试。</translation>
        </message>
        <message>
            <source>“{0}” does not hold text that can be read; it may be a program or a damaged file.</source>
            <translation>“{0}”没有可读的文字；可能是程序或损坏的文件。</translation>
        </message>
        <message>
            <source>The text encoding was guessed to be {0}.</source>
            <translation>文字编码推测为 {0}。</translation>
        </message>
        <message>
            <source>{0} damaged characters are shown as �.</source>
            <translation>{0} 个损坏的字符显示为 �。</translation>
        </message>
        <message>
            <source>Accents and quotation marks had been encoded twice and were put right.</source>
            <translation>变音符号和引号曾被重复编码，已修正。</translation>
        </message>
        <message>
            <source>Words between _underscores_ are shown in italics.</source>
            <translation>下划线之间的文字显示为斜体。</translation>
        </message>
        <message>
            <source>A tag needs at least one letter.</source>
            <translation>标签至少要有一个字。</translation>
        </message>
        <message>
            <source>A tag may have {0} characters; “{1}…” has {2}.</source>
            <translation>标签最多 {0} 个字；“{1}…”有 {2} 个。</translation>
        </message>
        <message>
            <source>The adapter has read further than this place (to {0} % of the text) and may know what follows.</source>
            <translation>适配器读过的内容超出了这里（已读到全文的 {0}%），可能知道后文。</translation>
        </message>
        <message>
            <source>There is no question.</source>
            <translation>没有问题。</translation>
        </message>
        <message>
            <source>The folder “{0}” cannot be opened: {1}.</source>
            <translation>文件夹“{0}”无法打开：{1}。</translation>
        </message>
        <message>
            <source>“{0}” is a file here and a document of the library: for the file say ./{1}, for the document {2}.</source>
            <translation>“{0}”既是这里的文件，也是书库中的文档：要用文件请写 ./{1}，要用文档请写 {2}。</translation>
        </message>
        <message>
            <source>There are no standing instructions; write some in the settings first.</source>
            <translation>还没有常驻指令；请先在设置中写一些。</translation>
        </message>
        <message>
            <source>Please give the prompt a name.</source>
            <translation>请给提示起个名称。</translation>
        </message>
        <message>
            <source>A prompt can be compressed into {0} gist tokens, not {1}.</source>
            <translation>提示可以压缩成 {0} 个要旨词元，而不是 {1} 个。</translation>
        </message>
        <message>
            <source>Instructions that are kept exactly are used by themselves; only gists of them are put to use.</source>
            <translation>原样保存的指令会自动用到；只有它们的要旨才需要启用。</translation>
        </message>
        <message>
            <source>{0} has no gist encoder yet: train one (palimpsest compress train --model {1}), or keep the prompt exactly as it is.</source>
            <translation>{0} 还没有要旨编码器：请训练一个（palimpsest compress train --model {1}），或原样保存提示。</translation>
        </message>
        <message>
            <source>There is no file {0}.</source>
            <translation>没有文件 {0}。</translation>
        </message>
        <message>
            <source>{0} has no segment compressor yet that could be trained further.</source>
            <translation>{0} 还没有可以继续训练的分段压缩器。</translation>
        </message>
        <message>
            <source>Palimpsest ended without closing: it crashed, was killed, or the computer went off.</source>
            <translation>Palimpsest 没有正常退出：它崩溃了、被强制结束，或者电脑断电。</translation>
        </message>
        <message>
            <source>Written on {0} UTC. It lies on this computer only; nothing was sent anywhere.</source>
            <translation>写于 {0} UTC。只存放在这台电脑上；没有向任何地方发送。</translation>
        </message>
        <message>
            <source>No place in the program was recorded.</source>
            <translation>没有记录到程序中的位置。</translation>
        </message>
        <message>
            <source>Something went wrong; Palimpsest went on. The last log lines say where.</source>
            <translation>出了问题，但 Palimpsest 继续运行。最后几行日志说明了位置。</translation>
        </message>
        <message>
            <source>This is no report of Palimpsest.</source>
            <translation>这不是 Palimpsest 的报告。</translation>
        </message>
        <message>
            <source>This report is not there any more.</source>
            <translation>这份报告已不存在。</translation>
        </message>
        <message>
            <source>An adapter acts with a strength between 0 and {0}; 1 is as it was learned.</source>
            <translation>适配器的强度须在 0 到 {0} 之间；1 是学成时的强度。</translation>
        </message>
        <message>
            <source>“{0}” cannot be written: {1}.</source>
            <translation>“{0}”无法写入：{1}。</translation>
        </message>
        <message>
            <source>Another Palimpsest (process {0}) is working in this folder; stop that first.</source>
            <translation>另一个 Palimpsest（进程 {0}）正在使用这个文件夹；请先停止它。</translation>
        </message>
        <message>
            <source>No such training for {0} was stopped here; begin a new one.</source>
            <translation>这里没有 {0} 的这类未完训练；请重新开始。</translation>
        </message>
        <message>
            <source>No such compressor was trained for {0} here.</source>
            <translation>这里没有为 {0} 训练过这类压缩器。</translation>
        </message>
        <message>
            <source>This compressor was deleted for good.</source>
            <translation>这个压缩器已彻底删除。</translation>
        </message>
        <message>
            <source>Another compressor was trained meanwhile; remove that one first.</source>
            <translation>期间又训练了另一个压缩器；请先移除它。</translation>
        </message>
        <message>
            <source>A compressor for {0} is being trained already; stop that first.</source>
            <translation>正在为 {0} 训练压缩器；请先停止。</translation>
        </message>
        <message>
            <source>A segment compressor is trained on books as plain text; say where some are (--data FOLDER).</source>
            <translation>分段压缩器要用纯文本书籍训练；请指明书在哪里（--data 文件夹）。</translation>
        </message>
        <message>
            <source>This compressor for {0} comes with Palimpsest and stays.</source>
            <translation>{0} 的这个压缩器随 Palimpsest 附带，不能移除。</translation>
        </message>
        <message>
            <source>{0} needs {1} GB on the disk and {2} GB are free. Make room or choose a smaller model.</source>
            <translation>{0} 需要 {1} GB 磁盘空间，剩余 {2} GB。请腾出空间或选小一些的模型。</translation>
        </message>
        <message>
            <source>The connection broke.</source>
            <translation>连接中断。</translation>
        </message>
        <message>
            <source>{0} of {1} came damaged: its checksum is not the one the hub gives. It was removed; download it again.</source>
            <translation>{1} 的 {0} 下载后已损坏：校验和与模型站给出的不符。文件已删除；请重新下载。</translation>
        </message>
        <message>
            <source>The hub sends more of {0} than it announced; the file was removed.</source>
            <translation>模型站发送的 {0} 比声明的多；文件已删除。</translation>
        </message>
        <message>
            <source>{0} holds no GGUF file called “{1}”.</source>
            <translation>{0} 中没有名为“{1}”的 GGUF 文件。</translation>
        </message>
        <message>
            <source>{0} holds no model as config.json and safetensors.</source>
            <translation>{0} 中没有 config.json 加 safetensors 形式的模型。</translation>
        </message>
        <message>
            <source>The hub gives no size or checksum for {0} of {1}; nothing is fetched.</source>
            <translation>模型站没有给出 {1} 的 {0} 的大小或校验和；不会下载。</translation>
        </message>
        <message>
            <source>{0} cannot be written: {1}. What has come is kept.</source>
            <translation>{0} 无法写入：{1}。已下载的部分会保留。</translation>
        </message>
        <message>
            <source>{0} holds GGUF files: name one, as in {1}/{2}.</source>
            <translation>{0} 中有多个 GGUF 文件：请指明一个，例如 {1}/{2}。</translation>
        </message>
        <message>
            <source>The download cannot begin. {0} Check the connection and try again.</source>
            <translation>下载无法开始。{0}请检查网络连接后再试。</translation>
        </message>
        <message>
            <source>The download of {0} stopped at {1} of {2} MB. {3} What has come is kept; go on when the connection is back.</source>
            <translation>{0} 的下载停在 {1} / {2} MB。{3}已下载的部分会保留；恢复连接后可继续。</translation>
        </message>
        <message>
            <source>The hub sent another piece than was asked for.</source>
            <translation>模型站发来的不是所请求的片段。</translation>
        </message>
        <message>
            <source>The hub's description of {0} cannot be understood; nothing is fetched.</source>
            <translation>模型站对 {0} 的描述无法理解；不会下载。</translation>
        </message>
        <message>
            <source>The hub refused {0} ({1}); nothing was fetched.</source>
            <translation>模型站拒绝了 {0}（{1}）；没有下载。</translation>
        </message>
        <message>
            <source>“{0}” is no https address; nothing is fetched from it.</source>
            <translation>“{0}”不是 https 地址；不会从那里下载。</translation>
        </message>
        <message>
            <source>“{0}” is no model of a hub: give it as owner/name.</source>
            <translation>“{0}”不是模型站上的模型：请写成“所有者/名称”。</translation>
        </message>
        <message>
            <source>The hub sent a piece and did not say which.</source>
            <translation>模型站发来一个片段，但没有说明是哪一段。</translation>
        </message>
        <message>
            <source>{0} is given only to people with an account who accept its licence: read it at {1}/{2}. Download it there and drop the folder here, or choose another model.</source>
            <translation>{0} 只提供给有账号并接受其许可证的人：请到 {1}/{2} 阅读。请在那里下载并把文件夹拖到这里，或选择其他模型。</translation>
        </message>
        <message>
            <source>There is no model {0} (with this version and file) at {1}, or it needs an account.</source>
            <translation>{1} 上没有模型 {0}（此版本和文件），或者需要账号。</translation>
        </message>
        <message>
            <source>The hub does not go on from there.</source>
            <translation>模型站无法从断点继续。</translation>
        </message>
        <message>
            <source>The hub is busy ({0}).</source>
            <translation>模型站繁忙（{0}）。</translation>
        </message>
        <message>
            <source>{0} cannot be reached.</source>
            <translation>无法连接 {0}。</translation>
        </message>
        <message>
            <source>The hub's list of the files of {0} is far too long; nothing is fetched.</source>
            <translation>模型站给出的 {0} 文件清单过长；不会下载。</translation>
        </message>
        <message>
            <source>{0} does not prove who it is ({1}); nothing is fetched from it.</source>
            <translation>{0} 无法证明自己的身份（{1}）；不会从那里下载。</translation>
        </message>
        <message>
            <source>“{0}” cannot be opened: {1}.</source>
            <translation>“{0}”无法打开：{1}。</translation>
        </message>
        <message>
            <source>Another Palimpsest is learning; let it finish, or pause it there first.</source>
            <translation>另一个 Palimpsest 正在学习；请等它学完，或先在那里暂停。</translation>
        </message>
        <message>
            <source>Another Palimpsest is learning “{0}”; let it finish, or pause it there first.</source>
            <translation>另一个 Palimpsest 正在学习《{0}》；请等它学完，或先在那里暂停。</translation>
        </message>
        <message>
            <source>“{0}” is being learned already.</source>
            <translation>《{0}》已在学习中。</translation>
        </message>
        <message>
            <source>This memory is being learned; stop that first.</source>
            <translation>这份记忆正在学习中；请先停止。</translation>
        </message>
        <message>
            <source>“{0}” has not come whole yet; go on with its download first.</source>
            <translation>“{0}”还没有下载完整；请先继续下载。</translation>
        </message>
        <message>
            <source>There is no model called “{0}” in the catalogue; for any other give owner/name.</source>
            <translation>目录中没有名为“{0}”的模型；其他模型请写成“所有者/名称”。</translation>
        </message>
        <message>
            <source>“{0}” is being downloaded already.</source>
            <translation>“{0}”已在下载中。</translation>
        </message>
        <message>
            <source>“{0}” is being downloaded; stop that first.</source>
            <translation>“{0}”正在下载；请先停止。</translation>
        </message>
        <message>
            <source>The bundled story is missing; install Palimpsest again.</source>
            <translation>缺少附带的故事；请重新安装 Palimpsest。</translation>
        </message>
        <message>
            <source>{0} has no name a model could be called by; rename it.</source>
            <translation>{0} 没有可用作模型名的名称；请重命名。</translation>
        </message>
        <message>
            <source>There is a model called “{0}” already; remove it first or rename the file.</source>
            <translation>已有名为“{0}”的模型；请先移除它，或给文件改名。</translation>
        </message>
        <message>
            <source>“{0}” is being added already.</source>
            <translation>“{0}”已在添加中。</translation>
        </message>
        <message>
            <source>The embedded model is part of Palimpsest and stays.</source>
            <translation>内置模型是 Palimpsest 的一部分，不能移除。</translation>
        </message>
        <message>
            <source>The folder {0} cannot be moved: {1}.</source>
            <translation>文件夹 {0} 无法移动：{1}。</translation>
        </message>
        <message>
            <source>“{0}” is no colour of highlights; there are {1}.</source>
            <translation>“{0}”不是划线颜色；可用的有 {1}。</translation>
        </message>
        <message>
            <source>There are no words to highlight there.</source>
            <translation>那里没有可划线的文字。</translation>
        </message>
        <message>
            <source>Another Palimpsest is training a compressor; let it finish, or stop it there first.</source>
            <translation>另一个 Palimpsest 正在训练压缩器；请等它训练完，或先在那里停止。</translation>
        </message>
        <message>
            <source>The data folder {0} cannot be made: {1}.</source>
            <translation>无法创建数据文件夹 {0}：{1}。</translation>
        </message>
        <message>
            <source>The original file is not kept any more; import it again to see its pages.</source>
            <translation>原文件已不再保留；重新加入后才能看到原页。</translation>
        </message>
        <message>
            <source>“{0}” is no place in “{1}”: give a character offset, a percentage like 40%, a page like “p. 12”, or the title or number of a section.</source>
            <translation>“{0}”不是《{1}》中的位置：请给出字符偏移、百分比（如 40%）、页码（如“p. 12”），或章节的标题或编号。</translation>
        </message>
        <message>
            <source>“{0}” may mean several places in “{1}”: {2}. Please give a whole title.</source>
            <translation>“{0}”可能指《{1}》中的多个位置：{2}。请给出完整标题。</translation>
        </message>
        <message>
            <source>Give either a stretch of the text or a section, not both.</source>
            <translation>请给出一段文字范围或一个章节，不要同时给出。</translation>
        </message>
        <message>
            <source>“{0}” names no section of this document.</source>
            <translation>这份文档没有名为“{0}”的章节。</translation>
        </message>
        <message>
            <source>“{0}” names several sections of this document.</source>
            <translation>这份文档有多个名为“{0}”的章节。</translation>
        </message>
        <message>
            <source>“{0}” is no stretch of this text: give START:END in characters, like 1200:1800.</source>
            <translation>“{0}”不是这份文字的范围：请用起止的字符位置，写成 1200:1800 这样。</translation>
        </message>
        <message>
            <source>No kept prompt is called “{0}”.</source>
            <translation>保存的提示中没有“{0}”。</translation>
        </message>
        <message>
            <source>“{0}” was kept for {1}, a model that is not here any more.</source>
            <translation>“{0}”是为 {1} 保存的，该模型已不在这里。</translation>
        </message>
        <message>
            <source>Please name a kept prompt by its number or title.</source>
            <translation>请用编号或名称指明一个保存的提示。</translation>
        </message>
        <message>
            <source>“{0}” is segment memory; only a gist is compared with the prompt it was made of.</source>
            <translation>“{0}”是分段记忆；只有要旨可以与它的原提示比较。</translation>
        </message>
        <message>
            <source>“{0}” is kept exactly: its answers are those of the full prompt.</source>
            <translation>“{0}”是原样保存的：回答与用完整提示时相同。</translation>
        </message>
        <message>
            <source>{0} has no vocabulary a prompt could be read by.</source>
            <translation>{0} 没有可用来读提示的词表。</translation>
        </message>
        <message>
            <source>“{0}” is no size: give bytes, or a number with MB or GB.</source>
            <translation>“{0}”不是大小：请给出字节数，或带 MB、GB 的数字。</translation>
        </message>
        <message>
            <source>“{0}” may mean {1}; please give the number.</source>
            <translation>“{0}”可能指 {1}；请给出编号。</translation>
        </message>
        <message>
            <source>The file {0} holds no text.</source>
            <translation>文件 {0} 没有文字。</translation>
        </message>
        <message>
            <source>The file {0} cannot be opened: {1}.</source>
            <translation>文件 {0} 无法打开：{1}。</translation>
        </message>
        <message>
            <source>Adding the story was stopped.</source>
            <translation>已停止加入故事。</translation>
        </message>
        <message>
            <source>A segment is compressed {0} to 1, not {1} to 1.</source>
            <translation>分段的压缩比是 {0} 比 1，而不是 {1} 比 1。</translation>
        </message>
        <message>
            <source>This document has no segment memory for the model in use.</source>
            <translation>这份文档没有当前模型的分段记忆。</translation>
        </message>
        <message>
            <source>{0} has no segment compressor yet: train one (palimpsest compress train --method segments --model {1}), or use another model.</source>
            <translation>{0} 还没有分段压缩器：请训练一个（palimpsest compress train --method segments --model {1}），或换用其他模型。</translation>
        </message>
        <message>
            <source>“{0}” is being encoded already.</source>
            <translation>《{0}》已在编码中。</translation>
        </message>
        <message>
            <source>The segment memory of “{0}” is being made; stop that first.</source>
            <translation>正在生成《{0}》的分段记忆；请先停止。</translation>
        </message>
        <message>
            <source>“{0}” must lie between {1} and {2}.</source>
            <translation>“{0}”必须在 {1} 与 {2} 之间。</translation>
        </message>
        <message>
            <source>“{0}” must be a whole number.</source>
            <translation>“{0}”必须是整数。</translation>
        </message>
        <message>
            <source>“{0}” is either on or off.</source>
            <translation>“{0}”只能是开或关。</translation>
        </message>
        <message>
            <source>“{0}” is one of {1}.</source>
            <translation>“{0}”须是以下之一：{1}。</translation>
        </message>
        <message>
            <source>“{0}” must be a text.</source>
            <translation>“{0}”必须是文字。</translation>
        </message>
        <message>
            <source>“{0}” may hold {1} characters; these are {2}.</source>
            <translation>“{0}”最多 {1} 字；现在有 {2} 字。</translation>
        </message>
        <message>
            <source>Permission denied</source>
            <translation>权限不足</translation>
        </message>
        <message>
            <source>Operation not permitted</source>
            <translation>操作不被允许</translation>
        </message>
        <message>
            <source>No such file or directory</source>
            <translation>没有该文件或文件夹</translation>
        </message>
        <message>
            <source>No space left on device</source>
            <translation>磁盘空间不足</translation>
        </message>
        <message>
            <source>Disk quota exceeded</source>
            <translation>超出磁盘配额</translation>
        </message>
        <message>
            <source>Read-only file system</source>
            <translation>文件系统只读</translation>
        </message>
        <message>
            <source>Input/output error</source>
            <translation>输入输出错误</translation>
        </message>
        <message>
            <source>Device or resource busy</source>
            <translation>设备或资源正忙</translation>
        </message>
        <message>
            <source>File exists</source>
            <translation>文件已存在</translation>
        </message>
        <message>
            <source>Is a directory</source>
            <translation>是文件夹</translation>
        </message>
        <message>
            <source>Not a directory</source>
            <translation>不是文件夹</translation>
        </message>
        <message>
            <source>Directory not empty</source>
            <translation>文件夹不为空</translation>
        </message>
        <message>
            <source>File name too long</source>
            <translation>文件名过长</translation>
        </message>
        <message>
            <source>File too large</source>
            <translation>文件过大</translation>
        </message>
        <message>
            <source>Cannot allocate memory</source>
            <translation>无法分配内存</translation>
        </message>
        <message>
            <source>Too many open files</source>
            <translation>打开的文件过多</translation>
        </message>
        <message>
            <source>Invalid cross-device link</source>
            <translation>不能跨设备链接</translation>
        </message>
        <message>
            <source>Invalid argument</source>
            <translation>参数无效</translation>
        </message>
    </context>
    <context>
        <name>stage</name>
        <message>
            <source>Waiting</source>
            <translation>等待</translation>
        </message>
        <message>
            <source>Starting the engine</source>
            <translation>正在启动引擎</translation>
        </message>
        <message>
            <source>Loading the model</source>
            <translation>正在载入模型</translation>
        </message>
        <message>
            <source>Asking the hub</source>
            <translation>正在询问模型站</translation>
        </message>
        <message>
            <source>Downloading</source>
            <translation>正在下载</translation>
        </message>
        <message>
            <source>Checking what has come</source>
            <translation>正在校验下载的文件</translation>
        </message>
        <message>
            <source>Checking the model</source>
            <translation>正在检查模型</translation>
        </message>
        <message>
            <source>Checking the file</source>
            <translation>正在检查文件</translation>
        </message>
        <message>
            <source>Converting the model</source>
            <translation>正在转换模型</translation>
        </message>
        <message>
            <source>Taking the fingerprint</source>
            <translation>正在计算指纹</translation>
        </message>
        <message>
            <source>Reading the tokenizer</source>
            <translation>正在读取分词器</translation>
        </message>
        <message>
            <source>Reading the text</source>
            <translation>正在读取文字</translation>
        </message>
        <message>
            <source>Reading the file</source>
            <translation>正在读取文件</translation>
        </message>
        <message>
            <source>Looking for files</source>
            <translation>正在寻找文件</translation>
        </message>
        <message>
            <source>Adding</source>
            <translation>正在加入</translation>
        </message>
        <message>
            <source>Counting tokens</source>
            <translation>正在统计词元</translation>
        </message>
        <message>
            <source>Storing</source>
            <translation>正在保存</translation>
        </message>
        <message>
            <source>Learning</source>
            <translation>正在学习</translation>
        </message>
        <message>
            <source>Finding passages</source>
            <translation>正在寻找段落</translation>
        </message>
        <message>
            <source>Reading</source>
            <translation>正在阅读</translation>
        </message>
        <message>
            <source>Thinking</source>
            <translation>正在思考</translation>
        </message>
        <message>
            <source>Writing</source>
            <translation>正在书写</translation>
        </message>
        <message>
            <source>Measuring</source>
            <translation>正在测量</translation>
        </message>
        <message>
            <source>Forgetting</source>
            <translation>正在忘掉</translation>
        </message>
        <message>
            <source>Looking for what is kept</source>
            <translation>正在查找已保存的部分</translation>
        </message>
        <message>
            <source>Encoding</source>
            <translation>正在编码</translation>
        </message>
        <message>
            <source>Reading the prompts</source>
            <translation>正在阅读提示</translation>
        </message>
        <message>
            <source>Reading the books</source>
            <translation>正在阅读书籍</translation>
        </message>
        <message>
            <source>Training the gist encoder</source>
            <translation>正在训练要旨编码器</translation>
        </message>
        <message>
            <source>Training the segment compressor</source>
            <translation>正在训练分段压缩器</translation>
        </message>
        <message>
            <source>Refining the gist</source>
            <translation>正在优化要旨</translation>
        </message>
        <message>
            <source>Stopping its jobs</source>
            <translation>正在停止相关任务</translation>
        </message>
        <message>
            <source>Removing and searching for traces</source>
            <translation>正在删除并搜寻痕迹</translation>
        </message>
    </context>
    <context>
        <name>unit</name>
        <message>
            <source>tokens</source>
            <translation>词元</translation>
        </message>
        <message>
            <source>bytes</source>
            <translation>字节</translation>
        </message>
        <message>
            <source>sections</source>
            <translation>章节</translation>
        </message>
        <message>
            <source>blocks</source>
            <translation>段</translation>
        </message>
        <message>
            <source>pages</source>
            <translation>页</translation>
        </message>
        <message>
            <source>files</source>
            <translation>文件</translation>
        </message>
        <message>
            <source>documents</source>
            <translation>文档</translation>
        </message>
        <message>
            <source>tensors</source>
            <translation>张量</translation>
        </message>
        <message>
            <source>questions</source>
            <translation>问题</translation>
        </message>
        <message>
            <source>steps</source>
            <translation>步</translation>
        </message>
        <message>
            <source>prompts</source>
            <translation>提示</translation>
        </message>
    </context>
    <context>
        <name>wording</name>
        <message>
            <source>{number} %</source>
            <translation>{number}%</translation>
        </message>
        <message>
            <source>{words} {sentence}</source>
            <translation>{words}{sentence}</translation>
        </message>
        <message>
            <source>, </source>
            <translation>、</translation>
        </message>
        <message>
            <source>{seconds} s</source>
            <translation>{seconds} 秒</translation>
        </message>
        <message>
            <source>less than a minute left</source>
            <translation>剩不到一分钟</translation>
        </message>
        <message>
            <source>{minutes} min left</source>
            <translation>还剩 {minutes} 分钟</translation>
        </message>
        <message>
            <source>{hours} h {minutes} min left</source>
            <translation>还剩 {hours} 小时 {minutes} 分钟</translation>
        </message>
        <message>
            <source>less than a minute</source>
            <translation>不到一分钟</translation>
        </message>
        <message>
            <source>{minutes} min</source>
            <translation>{minutes} 分钟</translation>
        </message>
        <message>
            <source>{hours} h {minutes} min</source>
            <translation>{hours} 小时 {minutes} 分钟</translation>
        </message>
        <message>
            <source>today</source>
            <translation>今天</translation>
        </message>
        <message>
            <source>yesterday</source>
            <translation>昨天</translation>
        </message>
        <message>
            <source>{day}, {time}</source>
            <translation>{day} {time}</translation>
        </message>
    </context>
</TS>
