<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN">
    <context>
        <name>AskPanel</name>
        <message>
            <source>now</source>
            <translation>现在</translation>
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
        <message>
            <source>Ask about this book. The answer comes with the places it was taken from; a click on one brings you there.</source>
            <translation>就这本书提问。回答会附上出处；点击出处即可跳到书中那一处。</translation>
        </message>
        <message>
            <source>Earlier questions</source>
            <translation>更早的问题</translation>
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
        <name>BookView</name>
        <message>
            <source>Ask about this</source>
            <translation>就此提问</translation>
        </message>
        <message>
            <source>Text of the book</source>
            <translation>书的正文</translation>
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
        <name>Contents</name>
        <message>
            <source>Contents</source>
            <translation>目录</translation>
        </message>
    </context>
    <context>
        <name>DropTarget</name>
        <message numerus="yes">
            <source>Add %n file(s) to the library</source>
            <translation>
                <numerusform>把 %n 个文件加入书库</numerusform>
            </translation>
        </message>
        <message>
            <source>Their text is copied into Palimpsest, on this machine. The files themselves stay as they are.</source>
            <translation>文字会复制到本机的 Palimpsest 中；文件本身保持原样。</translation>
        </message>
    </context>
    <context>
        <name>FailureList</name>
        <message>
            <source>… and {count} more</source>
            <translation>…还有 {count} 个</translation>
        </message>
        <message numerus="yes">
            <source>%n file(s) could not be added</source>
            <translation>
                <numerusform>有 %n 个文件无法加入</numerusform>
            </translation>
        </message>
        <message>
            <source>Close this list</source>
            <translation>关闭此列表</translation>
        </message>
    </context>
    <context>
        <name>FindBar</name>
        <message>
            <source>not found</source>
            <translation>未找到</translation>
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
        <name>ForgetDialog</name>
        <message>
            <source>Forget</source>
            <translation>忘掉</translation>
        </message>
        <message>
            <source>Forget “{title}”?</source>
            <translation>忘掉《{title}》吗？</translation>
        </message>
        <message>
            <source>This removes everything Palimpsest keeps of it. It cannot be undone. The file it came from stays where it is.</source>
            <translation>这会删除 Palimpsest 保存的有关它的一切，无法撤销。它原来的文件留在原处。</translation>
        </message>
        <message>
            <source>Keep</source>
            <translation>保留</translation>
        </message>
        <message>
            <source>Keep the document</source>
            <translation>保留此文档</translation>
        </message>
        <message>
            <source>Forget the document</source>
            <translation>忘掉此文档</translation>
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
        <name>GoToBar</name>
        <message>
            <source>Go to (percent of the book)</source>
            <translation>转到（全书的百分比）</translation>
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
            <source>Adding {place} of {count}: {title}</source>
            <translation>正在加入第 {place} 个，共 {count} 个：{title}</translation>
        </message>
        <message>
            <source>Adding {title}</source>
            <translation>正在加入 {title}</translation>
        </message>
        <message>
            <source>Forgetting a document …</source>
            <translation>正在忘掉一份文档…</translation>
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
            <source>Cancel; files already added stay</source>
            <translation>取消；已加入的文件会保留</translation>
        </message>
        <message>
            <source>Cancel</source>
            <translation>取消</translation>
        </message>
    </context>
    <context>
        <name>LibraryModel</name>
        <message>
            <source>{share} read</source>
            <translation>已读 {share}</translation>
        </message>
    </context>
    <context>
        <name>LibraryPage</name>
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
            <source>“{title}” is in the library already.</source>
            <translation>《{title}》已在书库中。</translation>
        </message>
        <message>
            <source>“{title}” was added. {warnings}</source>
            <translation>已加入《{title}》。{warnings}</translation>
        </message>
        <message>
            <source>“{title}” is forgotten.</source>
            <translation>已忘掉《{title}》。</translation>
        </message>
        <message numerus="yes">
            <source>%n trace(s) found in the data folder.</source>
            <translation>
                <numerusform>数据文件夹中找到 %n 处痕迹。</numerusform>
            </translation>
        </message>
        <message>
            <source>Read</source>
            <translation>阅读</translation>
        </message>
        <message>
            <source>Forget …</source>
            <translation>忘掉…</translation>
        </message>
        <message>
            <source>Nothing in the library matches “{words}”.</source>
            <translation>书库中没有与“{words}”相符的内容。</translation>
        </message>
        <message>
            <source>Nothing here yet. Drop a book onto this page, or add one with the button above.</source>
            <translation>这里还什么都没有。把一本书拖到这一页上，或用上方的按钮加入。</translation>
        </message>
        <message>
            <source>Library</source>
            <translation>书库</translation>
        </message>
        <message>
            <source>Search titles and authors</source>
            <translation>搜索书名和作者</translation>
        </message>
        <message>
            <source>Add …</source>
            <translation>加入…</translation>
        </message>
        <message>
            <source>Add books or chats to the library (Ctrl+O)</source>
            <translation>把书籍或聊天记录加入书库（Ctrl+O）</translation>
        </message>
        <message>
            <source>Add books or chats to the library</source>
            <translation>把书籍或聊天记录加入书库</translation>
        </message>
        <message>
            <source>Documents in the library</source>
            <translation>书库中的文档</translation>
        </message>
    </context>
    <context>
        <name>MainWindow</name>
        <message>
            <source>Learning of “{title}” is not finished. Go on?</source>
            <translation>《{title}》尚未学完。要继续吗？</translation>
        </message>
        <message>
            <source>Go on</source>
            <translation>继续</translation>
        </message>
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
            <source>&amp;Ask</source>
            <translation>提问(&amp;A)</translation>
        </message>
        <message>
            <source>&amp;Settings</source>
            <translation>设置(&amp;S)</translation>
        </message>
        <message>
            <source>&amp;Help</source>
            <translation>帮助(&amp;H)</translation>
        </message>
        <message>
            <source>&amp;Add to the library …</source>
            <translation>加入书库(&amp;A)…</translation>
        </message>
        <message>
            <source>&amp;Forget the selected document …</source>
            <translation>忘掉选中的文档(&amp;F)…</translation>
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
            <source>&amp;Contents</source>
            <translation>目录(&amp;C)</translation>
        </message>
        <message>
            <source>Side &amp;panel</source>
            <translation>侧栏(&amp;P)</translation>
        </message>
        <message>
            <source>&amp;Full screen</source>
            <translation>全屏(&amp;F)</translation>
        </message>
        <message>
            <source>&amp;Larger type</source>
            <translation>放大文字(&amp;L)</translation>
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
            <translation>下一章(&amp;X)</translation>
        </message>
        <message>
            <source>Pre&amp;vious section</source>
            <translation>上一章(&amp;V)</translation>
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
            <source>&amp;Ask about this book</source>
            <translation>就这本书提问(&amp;A)</translation>
        </message>
        <message>
            <source>&amp;Memory of this book</source>
            <translation>这本书的记忆(&amp;M)</translation>
        </message>
        <message>
            <source>&amp;Stop the answer</source>
            <translation>停止回答(&amp;S)</translation>
        </message>
        <message>
            <source>&amp;Keyboard shortcuts</source>
            <translation>键盘快捷键(&amp;K)</translation>
        </message>
        <message>
            <source>&amp;Language</source>
            <translation>语言(&amp;L)</translation>
        </message>
        <message>
            <source>&amp;Appearance</source>
            <translation>外观(&amp;A)</translation>
        </message>
        <message>
            <source>&amp;Page</source>
            <translation>页面(&amp;P)</translation>
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
            <source>As the window</source>
            <translation>跟随窗口</translation>
        </message>
        <message>
            <source>Paper</source>
            <translation>纸白</translation>
        </message>
        <message>
            <source>Sepia</source>
            <translation>泛黄</translation>
        </message>
        <message>
            <source>Night</source>
            <translation>夜间</translation>
        </message>
        <message>
            <source>Library</source>
            <translation>书库</translation>
        </message>
        <message>
            <source>Library (Ctrl+1)</source>
            <translation>书库（Ctrl+1）</translation>
        </message>
        <message>
            <source>Read</source>
            <translation>阅读</translation>
        </message>
        <message>
            <source>Read and ask (Ctrl+2)</source>
            <translation>阅读和提问（Ctrl+2）</translation>
        </message>
        <message>
            <source>Settings</source>
            <translation>设置</translation>
        </message>
        <message>
            <source>Language, appearance, page</source>
            <translation>语言、外观、页面</translation>
        </message>
    </context>
    <context>
        <name>MemoryPanel</name>
        <message>
            <source>Try again</source>
            <translation>再试一次</translation>
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
            <source>Pausing after this chunk …</source>
            <translation>学完这一块后暂停…</translation>
        </message>
        <message>
            <source>Not learned yet.</source>
            <translation>尚未学习。</translation>
        </message>
        <message>
            <source>Learned {day} with {model} · {tokens} tokens · {size}</source>
            <translation>{day}学成，模型 {model} · {tokens} 个词元 · {size}</translation>
        </message>
        <message>
            <source>Paused {day}, with {model} · {tokens} tokens so far · {size}</source>
            <translation>{day}暂停，模型 {model} · 至今 {tokens} 个词元 · {size}</translation>
        </message>
        <message>
            <source>Learned in part {day}, with {model} · {tokens} tokens so far · {size}</source>
            <translation>{day}学了一部分，模型 {model} · 至今 {tokens} 个词元 · {size}</translation>
        </message>
        <message>
            <source>Perplexity {gain}: {base} without, {adapter} with the adapter.</source>
            <translation>困惑度 {gain}：不用适配器 {base}，用适配器 {adapter}。</translation>
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
            <translation>适配器是模型的一个小附件，在你自己的机器上用这本书训练而成。</translation>
        </message>
        <message>
            <source>It learns the book's style, its names and how one thing follows another, so that the text surprises the model less: the distance between the two lines shows how much less.</source>
            <translation>它学习这本书的文风、人名和前后脉络，使模型对文字不那么意外：两条线之间的距离就是减少了多少。</translation>
        </message>
        <message>
            <source>It does not recall facts reliably; facts come from passages of the book, which are put before the model with every question.</source>
            <translation>它不能可靠地记住事实；事实来自书中的段落，每次提问时都会摆在模型面前。</translation>
        </message>
    </context>
    <context>
        <name>OutlineModel</name>
        <message>
            <source>Section {number}</source>
            <translation>第 {number} 节</translation>
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
        <name>ReaderPage</name>
        <message>
            <source>page {page}</source>
            <translation>第 {page} 页</translation>
        </message>
        <message>
            <source>Ask</source>
            <translation>提问</translation>
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
            <source>Side panel (F8)</source>
            <translation>侧栏（F8）</translation>
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
        <name>ShortcutList</name>
        <message>
            <source>Keyboard shortcuts</source>
            <translation>键盘快捷键</translation>
        </message>
        <message>
            <source>Asking</source>
            <translation>提问</translation>
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
        <name>TurnView</name>
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
        <message>
            <source>Question: {words}</source>
            <translation>问题：{words}</translation>
        </message>
        <message>
            <source>Looking for passages …</source>
            <translation>正在寻找段落…</translation>
        </message>
        <message>
            <source>reading {done} of {total} tokens</source>
            <translation>正在读第 {done} 个词元，共 {total} 个</translation>
        </message>
        <message>
            <source>Not found in the text.</source>
            <translation>在文中没有找到。</translation>
        </message>
        <message>
            <source>Answering</source>
            <translation>正在回答</translation>
        </message>
        <message>
            <source>Places: {places}</source>
            <translation>出处：{places}</translation>
        </message>
        <message>
            <source>No note</source>
            <translation>无附注</translation>
        </message>
        <message>
            <source>No figures yet</source>
            <translation>尚无数字</translation>
        </message>
        <message>
            <source>p. {page}</source>
            <translation>第 {page} 页</translation>
        </message>
        <message>
            <source>in the text</source>
            <translation>文中</translation>
        </message>
        <message>
            <source>read {new} tokens, re-used {reused}</source>
            <translation>读了 {new} 个词元，复用 {reused} 个</translation>
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
            <source>adapter from {day}</source>
            <translation>适配器：{day}</translation>
        </message>
        <message>
            <source>without adapter</source>
            <translation>不用适配器</translation>
        </message>
        <message>
            <source>with adapter</source>
            <translation>用适配器</translation>
        </message>
        <message numerus="yes">
            <source>Context used: %n passage(s)</source>
            <translation>
                <numerusform>用到的上下文：%n 个段落</numerusform>
            </translation>
        </message>
        <message>
            <source>Passages that were read</source>
            <translation>读过的段落</translation>
        </message>
    </context>
    <context>
        <name>forget</name>
        <message>
            <source>Document</source>
            <translation>文档</translation>
        </message>
        <message>
            <source>Sections</source>
            <translation>章节</translation>
        </message>
        <message>
            <source>Paragraphs</source>
            <translation>段</translation>
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
            <source>Notes of jobs</source>
            <translation>任务记录</translation>
        </message>
        <message>
            <source>Size of its memories on disk</source>
            <translation>记忆占用的磁盘</translation>
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
            <source>Passages, ready to be asked about</source>
            <translation>段落，可以提问</translation>
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
            <source>tensors</source>
            <translation>张量</translation>
        </message>
    </context>
    <context>
        <name>wording</name>
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
            <source>today</source>
            <translation>今天</translation>
        </message>
        <message>
            <source>yesterday</source>
            <translation>昨天</translation>
        </message>
    </context>
</TS>
